using System.Diagnostics;

namespace ServiceBusCheck;

/// <summary>What a check finds wrong.</summary>
public sealed class CheckFailed(string message) : Exception(message);

/// <summary>Checks by the behaviour that each expects; run one after the other, each bounded in time.</summary>
public sealed class CheckList
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);
    private readonly List<(string Behaviour, Func<CancellationToken, Task> Run)> checks = [];

    public void Add(string behaviour, Func<CancellationToken, Task> run) => checks.Add((behaviour, run));

    /// <summary>Prints each check and a line of totals. Returns the exit code: 0 if all passed.</summary>
    public async Task<int> RunAsync()
    {
        var failed = 0;
        foreach (var (behaviour, run) in checks)
        {
            var clock = Stopwatch.StartNew();
            var problem = await ProblemOf(run);
            if (problem is not null) failed += 1;
            Console.WriteLine($"{(problem is null ? "ok    " : "FAILED")} {behaviour} ({clock.Elapsed.TotalSeconds:0.0} s)");
            if (problem is not null) Console.WriteLine($"       {problem}");
        }
        Console.WriteLine($"{checks.Count - failed} passed, {failed} failed");
        return failed == 0 ? 0 : 1;
    }

    /// <summary>Why a check did not pass. One that does not stop when it is told to is left behind.</summary>
    private static async Task<string?> ProblemOf(Func<CancellationToken, Task> run)
    {
        using var stop = new CancellationTokenSource(Longest);
        try
        {
            await run(stop.Token).WaitAsync(Longest + TimeSpan.FromSeconds(5));
            return null;
        }
        catch (CheckFailed failure)
        {
            return failure.Message;
        }
        catch (Exception error) when (stop.IsCancellationRequested)
        {
            return $"Not done within {Longest.TotalSeconds} s: {error.GetType().Name}";
        }
        catch (Exception error)
        {
            return error.ToString().ReplaceLineEndings("\n       ");
        }
    }
}

/// <summary>What checks say about what they got.</summary>
public static class Expect
{
    public static void Equal<T>(T expected, T actual, string what)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
            throw new CheckFailed($"{what}: expected {Show(expected)}, got {Show(actual)}.");
    }

    public static void Sequence<T>(IEnumerable<T> expected, IEnumerable<T> actual, string what)
    {
        if (!expected.SequenceEqual(actual))
            throw new CheckFailed($"{what}: expected {string.Join(", ", expected)}, got {string.Join(", ", actual)}.");
    }

    /// <summary>The exception of that type; anything else fails.</summary>
    public static async Task<TException> Throws<TException>(Func<Task> action, string what) where TException : Exception
    {
        try
        {
            await action();
        }
        catch (TException expected)
        {
            return expected;
        }
        throw new CheckFailed($"{what}: expected {typeof(TException).Name}, nothing was thrown.");
    }

    private static string Show<T>(T value) => value is null ? "null" : $"{value} ({value.GetType().Name})";
}
