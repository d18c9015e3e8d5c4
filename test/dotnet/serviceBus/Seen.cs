using Azure.Messaging.ServiceBus;

namespace ServiceBusCheck;

/// <summary>What a processor has been given, and whether that is all.</summary>
public sealed class Seen(int expected)
{
    private readonly List<string> texts = [];
    private readonly List<ProcessErrorEventArgs> errors = [];
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
        lock (texts) errors.Add(call);
        return Task.CompletedTask;
    }

    /// <summary>Waits until one text has come.</summary>
    public Task OfAsync(string text, CancellationToken stop) => UntilAsync(() => texts.Contains(text), text, stop);

    /// <summary>Waits until the processor has told of such an error.</summary>
    public Task ErrorAsync(ServiceBusErrorSource source, Func<Exception, bool> isExpected, CancellationToken stop) =>
        UntilAsync(
            () => errors.Any(call => call.ErrorSource == source && isExpected(call.Exception)),
            $"the expected error of {source}", stop);

    private async Task UntilAsync(Func<bool> isThere, string what, CancellationToken stop)
    {
        while (true)
        {
            lock (texts)
            {
                if (isThere()) return;
                if (stop.IsCancellationRequested)
                    throw new CheckFailed($"{what} did not come; errors: {ErrorTexts()}.");
            }
            await Task.Delay(20, CancellationToken.None);
        }
    }

    private string ErrorTexts() =>
        string.Join("; ", errors.Select(call => $"{call.ErrorSource}: {call.Exception.Message}"));

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
                    $"{texts.Count} of {expected} came ({string.Join(", ", texts)}); errors: {ErrorTexts()}.");
        }
        lock (texts) return [.. texts];
    }
}
