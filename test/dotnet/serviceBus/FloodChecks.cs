using System.Diagnostics;
using Azure.Messaging.ServiceBus;

namespace ServiceBusCheck;

/// <summary>Many sessions at once, with the options of host.json: how long one partner's request waits for the others.</summary>
public static class FloodChecks
{
    private const int Partners = 48, IdleSessions = 64;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    public static void AddTo(CheckList checks, Broker broker, Func<ServiceBusSessionProcessorOptions> options)
    {
        checks.Add($"{Partners} sessions are served side by side", async stop =>
        {
            await using var client = await broker.ConnectAfreshAsync();
            await ProcessorChecks.SendToEachAsync(client, Partners, "1", stop);
            await using var processor = client.CreateSessionProcessor(Broker.Requests, options());
            var seen = new Seen(Partners);
            processor.ProcessMessageAsync += async call =>
            {
                await seen.AddAsync(call.SessionId);
                await seen.AllAsync(stop);
            };
            processor.ProcessErrorAsync += seen.FailAsync;
            await processor.StartProcessingAsync(stop);
            await seen.AllAsync(stop);
            await processor.StopProcessingAsync(stop);
        });

        checks.Add($"a request behind {IdleSessions} idle sessions is delivered within {LongestWait.TotalSeconds} s", async stop =>
        {
            await using var client = await broker.ConnectAfreshAsync();
            await ProcessorChecks.SendToEachAsync(client, IdleSessions, "1", stop);
            await ProcessorChecks.SendToEachAsync(client, 1, "1", stop, "request ");
            await using var processor = client.CreateSessionProcessor(Broker.Requests, options());
            var seen = new Seen(IdleSessions + 1);
            processor.ProcessMessageAsync += call => seen.AddAsync(call.SessionId);
            processor.ProcessErrorAsync += seen.FailAsync;
            var clock = Stopwatch.StartNew();
            await processor.StartProcessingAsync(stop);
            await seen.OfAsync("request 1", stop);
            var waited = clock.Elapsed;
            await processor.StopProcessingAsync(stop);
            if (waited > LongestWait) throw new CheckFailed($"It was delivered after {waited.TotalSeconds:0.0} s.");
        });
    }
}
