using Azure.Messaging.ServiceBus;

namespace ServiceBusCheck;

/// <summary>What a processor has been given, and whether that is all.</summary>
public sealed class Seen(int expected)
{
    private readonly List<string> texts = [];
    private readonly List<string> errors = [];
    private readonly TaskCompletionSource complete = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task AddAsync(string text)
    {
        lock (texts)
        {
            texts.Add(text);
            if (texts.Count == expected) complete.TrySetResult();
        }
        return Task.CompletedTask;
    }

    /// <summary>An error of the processor that no check expects.</summary>
    public Task FailAsync(ProcessErrorEventArgs call)
    {
        complete.TrySetException(new CheckFailed($"The processor failed: {call.ErrorSource}: {call.Exception}"));
        return Task.CompletedTask;
    }

    /// <summary>An error that a check provokes: the processor goes on.</summary>
    public Task NoteErrorAsync(ProcessErrorEventArgs call)
    {
        lock (texts) errors.Add($"{call.ErrorSource}: {call.Exception.Message}");
        return Task.CompletedTask;
    }

    /// <summary>Waits until one text has come.</summary>
    public Task OfAsync(string text, CancellationToken stop) => UntilAsync(() => texts.Contains(text), text, stop);

    /// <summary>Waits until the processor has told of an error with such a word in it.</summary>
    public Task ErrorAsync(string word, CancellationToken stop) =>
        UntilAsync(() => errors.Any(error => error.Contains(word)), $"an error with '{word}'", stop);

    private async Task UntilAsync(Func<bool> isThere, string what, CancellationToken stop)
    {
        while (true)
        {
            lock (texts)
            {
                if (isThere()) return;
                if (stop.IsCancellationRequested)
                    throw new CheckFailed($"{what} did not come; errors: {string.Join("; ", errors)}.");
            }
            await Task.Delay(20, CancellationToken.None);
        }
    }

    /// <summary>Everything that was given, once that is as much as was expected.</summary>
    public async Task<IReadOnlyList<string>> AllAsync(CancellationToken stop)
    {
        try
        {
            await complete.Task.WaitAsync(stop);
        }
        catch (OperationCanceledException)
        {
            lock (texts)
                throw new CheckFailed(
                    $"{texts.Count} of {expected} came ({string.Join(", ", texts)}); errors: {string.Join("; ", errors)}.");
        }
        lock (texts) return [.. texts];
    }
}
