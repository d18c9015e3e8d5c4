using Azure.Messaging.ServiceBus;

namespace ServiceBusCheck;

/// <summary>What senders to a topic and receivers of its subscriptions can rely on.</summary>
public static class TopicChecks
{
    public static void AddTo(CheckList checks, Broker broker)
    {
        checks.Add("every subscription gets every message, and completing it in one leaves it in the other", async stop =>
        {
            await using var client = await broker.ConnectAfreshAsync();
            await SendAsync(client, stop, "1", "2");
            var tickets = client.CreateReceiver(Broker.Results, Broker.Tickets);
            for (var left = 2; left > 0; left -= 1)
                await tickets.CompleteMessageAsync(await Messages.OneAsync(tickets, stop), stop);

            var recent = client.CreateReceiver(Broker.Results, Broker.Recent);
            var peeked = await recent.PeekMessagesAsync(10, cancellationToken: stop);

            Expect.Sequence(["1", "2"], peeked.Select(message => message.Body.ToString()), "bodies");
            Expect.Equal(0, await CountAsync(broker, Broker.Tickets), "messages in one subscription");
            Expect.Equal(2, await CountAsync(broker, Broker.Recent), "messages in the other");
        });

        checks.Add("a topic drops a duplicate", async stop =>
        {
            await using var client = await broker.ConnectAfreshAsync();
            var sender = client.CreateSender(Broker.Results);
            foreach (var body in new[] { "1", "2" })
                await sender.SendMessageAsync(new ServiceBusMessage(body) { MessageId = "same" }, stop);
            Expect.Equal(1, await CountAsync(broker, Broker.Tickets), "messages in a subscription");
        });

        checks.Add("a message is scheduled on a topic, and another cancelled", async stop =>
        {
            await using var client = await broker.ConnectAfreshAsync();
            var sender = client.CreateSender(Broker.Results);
            var numbers = await sender.ScheduleMessagesAsync(
                [new ServiceBusMessage("cancelled"), new ServiceBusMessage("kept")],
                DateTimeOffset.UtcNow.AddSeconds(2), stop);
            await sender.CancelScheduledMessageAsync(numbers[0], stop);
            var message = await Messages.OneAsync(client.CreateReceiver(Broker.Results, Broker.Tickets), stop);
            Expect.Equal("kept", message.Body.ToString(), "body");
        });

        checks.Add("a subscription has dead letters of its own", async stop =>
        {
            await using var client = await broker.ConnectAfreshAsync();
            await SendAsync(client, stop, "1");
            var receiver = client.CreateReceiver(Broker.Results, Broker.Tickets);
            for (var delivery = 1; delivery <= 2; delivery += 1)
                await receiver.AbandonMessageAsync(await Messages.OneAsync(receiver, stop), cancellationToken: stop);

            var deadLetters = client.CreateReceiver(Broker.Results, Broker.Tickets,
                new ServiceBusReceiverOptions { SubQueue = SubQueue.DeadLetter });
            var message = await Messages.OneAsync(deadLetters, stop);

            Expect.Equal("MaxDeliveryCountExceeded", message.DeadLetterReason, "reason");
            await deadLetters.CompleteMessageAsync(message, stop);
            Expect.Equal(1, await CountAsync(broker, Broker.Recent), "messages in the other subscription");
        });

        checks.Add("a processor that prefetches empties a subscription", async stop =>
        {
            await using var client = await broker.ConnectAfreshAsync();
            await SendAsync(client, stop, [.. Enumerable.Range(0, 100).Select(number => $"{number}")]);
            await using var processor = client.CreateProcessor(Broker.Results, Broker.Tickets,
                new ServiceBusProcessorOptions { PrefetchCount = 20, MaxConcurrentCalls = 5 });
            var seen = new Seen(100);
            processor.ProcessMessageAsync += call => seen.AddAsync(call.Message.Body.ToString());
            processor.ProcessErrorAsync += seen.FailAsync;
            await processor.StartProcessingAsync(stop);
            await seen.AllAsync(stop);
            await processor.StopProcessingAsync(stop);
            Expect.Equal(0, await CountAsync(broker, Broker.Tickets), "messages in the subscription");
        });

        checks.Add("nothing is received from a topic itself, nor from a subscription that does not exist", async stop =>
        {
            await using var client = await broker.ConnectAfreshAsync();
            foreach (var receiver in new[]
            {
                client.CreateReceiver(Broker.Results),
                client.CreateReceiver(Broker.Results, "nobody"),
            })
            {
                var refusal = await Expect.Throws<ServiceBusException>(
                    () => receiver.ReceiveMessageAsync(cancellationToken: stop), "receive");
                Expect.Equal(ServiceBusFailureReason.MessagingEntityNotFound, refusal.Reason, "reason");
            }
        });
    }

    private static Task<int> CountAsync(Broker broker, string subscription) =>
        broker.CountAsync($"{Broker.Results}/Subscriptions/{subscription}");

    private static async Task SendAsync(ServiceBusClient client, CancellationToken stop, params string[] bodies) =>
        await client.CreateSender(Broker.Results).SendMessagesAsync(
            bodies.Select(body => new ServiceBusMessage(body)), stop);
}
