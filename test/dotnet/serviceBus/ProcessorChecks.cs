using System.Collections.Concurrent;
using Azure.Messaging.ServiceBus;

namespace ServiceBusCheck;

/// <summary>The session processor with the options of host.json: how the Functions host receives requests.</summary>
public static class ProcessorChecks
{
    private const int Starts = 10;

    public static void AddTo(CheckList checks, Broker broker, Func<ServiceBusSessionProcessorOptions> options)
    {
        for (var start = 1; start <= Starts; start += 1)
        {
            checks.Add($"a session processor receives every message, each session in order: start {start} of {Starts}",
                stop => ReceivesInOrderAsync(broker, options(), stop));
        }

        checks.Add("a session processor that waits receives what is sent then", async stop =>
        {
            await using var client = await broker.ConnectAfreshAsync();
            await using var processor = client.CreateSessionProcessor(Broker.Requests, options());
            var seen = await StartAsync(processor, 3, stop);
            foreach (var session in new[] { "a", "b", "c" }) await SendAsync(client, session, "1", stop);
            await seen.AllAsync(stop);
            await processor.StopProcessingAsync(stop);
            Expect.Equal(0, await broker.CountAsync(Broker.Requests), "messages in the queue");
        });

        checks.Add("a session processor makes one call at a time in a session", async stop =>
        {
            await using var client = await broker.ConnectAfreshAsync();
            for (var number = 1; number <= 5; number += 1) await SendAsync(client, "a", $"{number}", stop);
            await using var processor = client.CreateSessionProcessor(Broker.Requests, options());
            int running = 0, most = 0;
            var seen = await StartAsync(processor, 5, stop, async _ =>
            {
                most = Math.Max(most, Interlocked.Increment(ref running));
                await Task.Delay(50, stop);
                Interlocked.Decrement(ref running);
            });
            await seen.AllAsync(stop);
            await processor.StopProcessingAsync(stop);
            Expect.Equal(1, most, "calls at the same time");
        });

        checks.Add("a session processor leaves an idle session for one more session than it can hold", async stop =>
        {
            await using var client = await broker.ConnectAfreshAsync();
            var sessions = options().MaxConcurrentSessions + 1;
            await SendToEachAsync(client, sessions, "1", stop);
            await using var processor = client.CreateSessionProcessor(Broker.Requests, options());
            var seen = await StartAsync(processor, sessions, stop);
            await seen.AllAsync(stop);
            await processor.StopProcessingAsync(stop);
        });

        checks.Add("a message whose handler fails comes again, before the later ones of its session", async stop =>
        {
            await using var client = await broker.ConnectAfreshAsync();
            foreach (var body in new[] { "1", "2" }) await SendAsync(client, "a", body, stop);
            await using var processor = client.CreateSessionProcessor(Broker.Requests, options());
            var seen = await StartAsync(processor, 3, stop, call =>
                call is { Message.DeliveryCount: 1 } && call.Message.Body.ToString() == "1"
                    ? throw new InvalidOperationException("The handler fails on purpose.")
                    : Task.CompletedTask, letErrorsPass: true);
            Expect.Sequence(["a 1 (1)", "a 1 (2)", "a 2 (1)"], await seen.AllAsync(stop), "deliveries");
            await processor.StopProcessingAsync(stop);
        });

        checks.Add("a session processor renews the lock of a session whose message takes longer", async stop =>
        {
            await using var client = await broker.ConnectAfreshAsync();
            await SendAsync(client, "a", "1", stop, Broker.BriefSessions);
            await using var processor = client.CreateSessionProcessor(Broker.BriefSessions, options());
            var seen = await StartAsync(processor, 1, stop, call => Task.Delay(Broker.LongerThanABriefLock, stop));
            await seen.AllAsync(stop);
            await processor.StopProcessingAsync(stop);
            Expect.Sequence(["a 1 (1)"], await seen.AllAsync(stop), "deliveries");
            Expect.Equal(0, await broker.CountAsync(Broker.BriefSessions), "messages in the queue");
        });

        checks.Add("a session whose lock is lost while a handler runs is delivered again", async stop =>
        {
            await using var client = await broker.ConnectAfreshAsync();
            await SendAsync(client, "a", "1", stop);
            await using var processor = client.CreateSessionProcessor(Broker.Requests, options());
            var seen = await StartAsync(processor, 2, stop, call =>
                call.Message.DeliveryCount == 1 ? broker.ExpireLocksAsync(Broker.Requests) : Task.CompletedTask,
                letErrorsPass: true);
            Expect.Sequence(["a 1 (1)", "a 1 (2)"], await seen.AllAsync(stop), "deliveries");
            await seen.ErrorAsync(ServiceBusErrorSource.Complete, SessionLock.IsLost, stop);
            await processor.StopProcessingAsync(stop);
        });

        checks.Add("a session processor goes on after its connection was cut, and after a restart", async stop =>
        {
            await using var client = await broker.ConnectAfreshAsync();
            await using var processor = client.CreateSessionProcessor(Broker.Requests, options());
            var seen = await StartAsync(processor, 3, stop, letErrorsPass: true);
            foreach (var (fault, expected) in new (Func<Task>, string)[]
            {
                (() => Task.CompletedTask, "a before (1)"),
                (broker.DropConnectionsAsync, "b cut (1)"),
                (broker.RestartAsync, "c restarted (1)"),
            })
            {
                await fault();
                var words = expected.Split(' ');
                await SendAsync(client, words[0], words[1], stop);
                await seen.OfAsync(expected, stop);
                await broker.EmptyAsync(Broker.Requests, stop);
            }
            await processor.StopProcessingAsync(stop);
        });
    }

    private static async Task ReceivesInOrderAsync(
        Broker broker, ServiceBusSessionProcessorOptions options, CancellationToken stop)
    {
        const int each = 3;
        var sessions = options.MaxConcurrentSessions;
        await using var client = await broker.ConnectAfreshAsync();
        for (var number = 1; number <= each; number += 1) await SendToEachAsync(client, sessions, $"{number}", stop);
        await using var processor = client.CreateSessionProcessor(Broker.Requests, options);
        var seen = await StartAsync(processor, sessions * each, stop);
        var deliveries = await seen.AllAsync(stop);
        await processor.StopProcessingAsync(stop);
        for (var session = 1; session <= sessions; session += 1)
        {
            var own = deliveries.Where(text => text.StartsWith($"s{session} "));
            Expect.Sequence(
                Enumerable.Range(1, each).Select(number => $"s{session} {number} (1)"), own, $"session s{session}");
        }
        Expect.Equal(0, await broker.CountAsync(Broker.Requests), "messages in the queue");
    }

    /// <summary>Starts a processor; each delivery is noted as "session body (delivery count)", then handled.</summary>
    private static async Task<Seen> StartAsync(
        ServiceBusSessionProcessor processor, int expected, CancellationToken stop,
        Func<ProcessSessionMessageEventArgs, Task>? handle = null, bool letErrorsPass = false)
    {
        var seen = new Seen(expected);
        processor.ProcessMessageAsync += async call =>
        {
            await seen.AddAsync($"{call.SessionId} {call.Message.Body} ({call.Message.DeliveryCount})");
            if (handle is not null) await handle(call);
        };
        processor.ProcessErrorAsync += letErrorsPass ? seen.NoteErrorAsync : seen.FailAsync;
        await processor.StartProcessingAsync(stop);
        return seen;
    }

    /// <summary>Sends a message to each of the sessions "s1", "s2" and so on.</summary>
    public static Task SendToEachAsync(
        ServiceBusClient client, int sessions, string body, CancellationToken stop, string name = "s") =>
        client.CreateSender(Broker.Requests).SendMessagesAsync(
            Enumerable.Range(1, sessions).Select(number => new ServiceBusMessage(body) { SessionId = $"{name}{number}" }),
            stop);

    private static Task SendAsync(
        ServiceBusClient client, string session, string body, CancellationToken stop, string queue = Broker.Requests) =>
        client.CreateSender(queue).SendMessageAsync(new ServiceBusMessage(body) { SessionId = session }, stop);
}
