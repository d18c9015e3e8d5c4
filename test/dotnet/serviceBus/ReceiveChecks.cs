using Azure.Messaging.ServiceBus;

namespace ServiceBusCheck;

/// <summary>What a receiver of a queue without sessions can rely on.</summary>
public static class ReceiveChecks
{
    public static void AddTo(CheckList checks, Broker broker)
    {
        checks.Add("a receiver that prefetches gets every message once", async stop =>
        {
            await using var client = await broker.ConnectAfreshAsync();
            await SendNumbersAsync(client, 200, stop);
            var receiver = client.CreateReceiver(Broker.Plain, new ServiceBusReceiverOptions { PrefetchCount = 20 });

            var bodies = new List<string>();
            for (var left = 200; left > 0; left -= 1)
            {
                var message = await Messages.OneAsync(receiver, stop);
                await receiver.CompleteMessageAsync(message, stop);
                bodies.Add(message.Body.ToString());
            }

            Expect.Equal(200, bodies.Distinct().Count(), "different messages");
            Expect.Equal(0, await broker.CountAsync(Broker.Plain), "messages in the queue");
        });

        checks.Add("a processor that prefetches empties the queue", async stop =>
        {
            await using var client = await broker.ConnectAfreshAsync();
            await SendNumbersAsync(client, 100, stop);
            await using var processor = client.CreateProcessor(Broker.Plain,
                new ServiceBusProcessorOptions { PrefetchCount = 20, MaxConcurrentCalls = 5 });
            var seen = new Seen(100);
            processor.ProcessMessageAsync += call => seen.AddAsync(call.Message.Body.ToString());
            processor.ProcessErrorAsync += seen.FailAsync;
            await processor.StartProcessingAsync(stop);
            await seen.AllAsync(stop);
            await processor.StopProcessingAsync(stop);

            Expect.Equal(0, await broker.CountAsync(Broker.Plain), "messages in the queue");
        });

        checks.Add("receive-and-delete takes a message", async stop =>
        {
            await using var client = await broker.ConnectAfreshAsync();
            await SendNumbersAsync(client, 1, stop);
            var receiver = client.CreateReceiver(Broker.Plain,
                new ServiceBusReceiverOptions { ReceiveMode = ServiceBusReceiveMode.ReceiveAndDelete });
            await Messages.OneAsync(receiver, stop);
            Expect.Equal(0, await broker.CountAsync(Broker.Plain), "messages in the queue");
        });

        checks.Add("a receiver that waits without a message gets none, and the next message after that", async stop =>
        {
            await using var client = await broker.ConnectAfreshAsync();
            var receiver = client.CreateReceiver(Broker.Plain);
            for (var round = 1; round <= 3; round += 1)
            {
                if (await receiver.ReceiveMessageAsync(TimeSpan.FromSeconds(1), stop) is not null)
                    throw new CheckFailed("A message came from an empty queue.");
                await SendNumbersAsync(client, 1, stop);
                await receiver.CompleteMessageAsync(await Messages.OneAsync(receiver, stop), stop);
            }
        });

        checks.Add("an abandoned message comes again, with one delivery more", async stop =>
        {
            await using var client = await broker.ConnectAfreshAsync();
            await SendNumbersAsync(client, 1, stop);
            var receiver = client.CreateReceiver(Broker.Plain);
            await receiver.AbandonMessageAsync(await Messages.OneAsync(receiver, stop), cancellationToken: stop);
            Expect.Equal(2, (await Messages.OneAsync(receiver, stop)).DeliveryCount, "delivery count");
        });

        checks.Add("a dead-lettered message is in the dead-letter queue, with reason and description", async stop =>
        {
            await using var client = await broker.ConnectAfreshAsync();
            await SendNumbersAsync(client, 1, stop);
            var receiver = client.CreateReceiver(Broker.Plain);
            await receiver.DeadLetterMessageAsync(await Messages.OneAsync(receiver, stop), "Invalid", "no id", stop);

            var deadLetters = DeadLettersOf(client, Broker.Plain);
            var message = await Messages.OneAsync(deadLetters, stop);

            Expect.Equal("Invalid", message.DeadLetterReason, "reason");
            Expect.Equal("no id", message.DeadLetterErrorDescription, "description");
            Expect.Equal(Broker.Plain, message.DeadLetterSource, "source");
            await deadLetters.CompleteMessageAsync(message, stop);
        });

        checks.Add("a message that is deferred is refused, and has spent a delivery", async stop =>
        {
            await using var client = await broker.ConnectAfreshAsync();
            await client.CreateSender(Broker.FewDeliveries).SendMessageAsync(new ServiceBusMessage("1"), stop);
            var receiver = client.CreateReceiver(Broker.FewDeliveries);
            for (var delivery = 1; delivery <= 2; delivery += 1)
            {
                var message = await Messages.OneAsync(receiver, stop);
                Expect.Equal(delivery, message.DeliveryCount, "delivery count");
                await Expect.Throws<Exception>(
                    () => receiver.DeferMessageAsync(message, cancellationToken: stop), "defer");
            }
            var dead = await Messages.OneAsync(DeadLettersOf(client, Broker.FewDeliveries), stop);
            Expect.Equal("MaxDeliveryCountExceeded", dead.DeadLetterReason, "reason");
        });

        checks.Add("in the dead-letter queue the delivery count stays", async stop =>
        {
            await using var client = await broker.ConnectAfreshAsync();
            await SendNumbersAsync(client, 1, stop);
            var receiver = client.CreateReceiver(Broker.Plain);
            await receiver.DeadLetterMessageAsync(await Messages.OneAsync(receiver, stop), cancellationToken: stop);
            var deadLetters = DeadLettersOf(client, Broker.Plain);
            var first = await Messages.OneAsync(deadLetters, stop);
            await deadLetters.AbandonMessageAsync(first, cancellationToken: stop);
            var second = await Messages.OneAsync(deadLetters, stop);
            Expect.Equal(first.DeliveryCount, second.DeliveryCount, "delivery count");
        });

        checks.Add("a message that was delivered too often is dead-lettered", async stop =>
        {
            await using var client = await broker.ConnectAfreshAsync();
            await client.CreateSender(Broker.FewDeliveries).SendMessageAsync(new ServiceBusMessage("1"), stop);
            var receiver = client.CreateReceiver(Broker.FewDeliveries);
            for (var delivery = 1; delivery <= 2; delivery += 1)
                await receiver.AbandonMessageAsync(await Messages.OneAsync(receiver, stop), cancellationToken: stop);

            var message = await Messages.OneAsync(DeadLettersOf(client, Broker.FewDeliveries), stop);

            Expect.Equal("MaxDeliveryCountExceeded", message.DeadLetterReason, "reason");
        });

        checks.Add("a lock that is renewed holds, one that is lost does not settle", async stop =>
        {
            await using var client = await broker.ConnectAfreshAsync();
            await client.CreateSender(Broker.BriefLocks).SendMessageAsync(new ServiceBusMessage("1"), stop);
            var receiver = client.CreateReceiver(Broker.BriefLocks);
            var message = await Messages.OneAsync(receiver, stop);
            var lockedUntil = message.LockedUntil;
            await receiver.RenewMessageLockAsync(message, stop);
            Expect.Equal(true, message.LockedUntil > lockedUntil, "locked for longer");

            await broker.ExpireLocksAsync(Broker.BriefLocks);
            var lost = await Expect.Throws<ServiceBusException>(
                () => receiver.CompleteMessageAsync(message, stop), "complete");
            Expect.Equal(ServiceBusFailureReason.MessageLockLost, lost.Reason, "reason");
            Expect.Equal(2, (await Messages.OneAsync(receiver, stop)).DeliveryCount, "delivery count");
        });

        checks.Add("a processor renews the lock of a message that takes longer", async stop =>
        {
            await using var client = await broker.ConnectAfreshAsync();
            await client.CreateSender(Broker.BriefLocks).SendMessageAsync(new ServiceBusMessage("1"), stop);
            await using var processor = client.CreateProcessor(Broker.BriefLocks);
            var seen = new Seen(1);
            processor.ProcessMessageAsync += async call =>
            {
                await Task.Delay(Broker.LongerThanABriefLock, stop);
                await seen.AddAsync($"delivery {call.Message.DeliveryCount}");
            };
            processor.ProcessErrorAsync += seen.FailAsync;
            await processor.StartProcessingAsync(stop);
            Expect.Sequence(["delivery 1"], await seen.AllAsync(stop), "deliveries");
            await processor.StopProcessingAsync(stop);
            Expect.Equal(0, await broker.CountAsync(Broker.BriefLocks), "messages in the queue");
        });

        checks.Add("peeking shows messages and locks none", async stop =>
        {
            await using var client = await broker.ConnectAfreshAsync();
            await SendNumbersAsync(client, 3, stop);
            var receiver = client.CreateReceiver(Broker.Plain);
            var peeked = await receiver.PeekMessagesAsync(10, cancellationToken: stop);
            Expect.Sequence(["0", "1", "2"], peeked.Select(message => message.Body.ToString()), "bodies");
            Expect.Equal(1, (await Messages.OneAsync(receiver, stop)).DeliveryCount, "delivery count");
        });

        checks.Add("clients come back after their connection was cut, and after a restart", async stop =>
        {
            await using var client = await broker.ConnectAfreshAsync();
            var sender = client.CreateSender(Broker.Plain);
            var receiver = client.CreateReceiver(Broker.Plain);
            await sender.SendMessageAsync(new ServiceBusMessage("before"), stop);
            await receiver.CompleteMessageAsync(await Messages.OneAsync(receiver, stop), stop);
            foreach (var fault in new[] { broker.DropConnectionsAsync, (Func<Task>)broker.RestartAsync })
            {
                await fault();
                await sender.SendMessageAsync(new ServiceBusMessage("after"), stop);
                var message = await Messages.OneAsync(receiver, stop);
                Expect.Equal("after", message.Body.ToString(), "body");
                await receiver.CompleteMessageAsync(message, stop);
            }
        });
    }

    private static ServiceBusReceiver DeadLettersOf(ServiceBusClient client, string queue) =>
        client.CreateReceiver(queue, new ServiceBusReceiverOptions { SubQueue = SubQueue.DeadLetter });

    private static async Task SendNumbersAsync(ServiceBusClient client, int count, CancellationToken stop) =>
        await client.CreateSender(Broker.Plain).SendMessagesAsync(
            Enumerable.Range(0, count).Select(number => new ServiceBusMessage($"{number}")), stop);
}
