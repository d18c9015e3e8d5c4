using Azure.Messaging.ServiceBus;

namespace ServiceBusCheck;

/// <summary>What a sender can rely on.</summary>
public static class SendChecks
{
    public static void AddTo(CheckList checks, Broker broker)
    {
        checks.Add("a message arrives with everything its sender set", async stop =>
        {
            await using var client = await broker.ConnectAfreshAsync();
            await client.CreateSender(Broker.Plain).SendMessageAsync(new ServiceBusMessage("""{"enableConnection":true}""")
            {
                MessageId = "12345678901234567890",
                CorrelationId = "ticket-7",
                Subject = "enable",
                ContentType = "application/json",
                ReplyTo = "results",
                TimeToLive = TimeSpan.FromMinutes(1),
            }, stop);

            var message = await Messages.OneAsync(client.CreateReceiver(Broker.Plain), stop);

            Expect.Equal("""{"enableConnection":true}""", message.Body.ToString(), "body");
            Expect.Equal("12345678901234567890", message.MessageId, "message id");
            Expect.Equal("ticket-7", message.CorrelationId, "correlation id");
            Expect.Equal("enable", message.Subject, "subject");
            Expect.Equal("application/json", message.ContentType, "content type");
            Expect.Equal("results", message.ReplyTo, "reply to");
            Expect.Equal(TimeSpan.FromMinutes(1), message.TimeToLive, "time to live");
            Expect.Equal(1, message.DeliveryCount, "delivery count");
            Expect.Equal(ServiceBusMessageState.Active, message.State, "state");
        });

        checks.Add("the messages of a batch arrive one by one, in order", async stop =>
        {
            await using var client = await broker.ConnectAfreshAsync();
            var sender = client.CreateSender(Broker.Plain);
            using var batch = await sender.CreateMessageBatchAsync(stop);
            foreach (var body in new[] { "1", "2" }) batch.TryAddMessage(new ServiceBusMessage(body));
            await sender.SendMessagesAsync(batch, stop);
            await sender.SendMessagesAsync([new ServiceBusMessage("3"), new ServiceBusMessage("4")], stop);

            var bodies = await Messages.BodiesAsync(client.CreateReceiver(Broker.Plain), 4, stop);

            Expect.Sequence(["1", "2", "3", "4"], bodies, "bodies");
        });

        checks.Add("senders that work at the same time lose nothing", async stop =>
        {
            await using var client = await broker.ConnectAfreshAsync();
            var senders = Enumerable.Range(0, 5).Select(_ => client.CreateSender(Broker.Plain)).ToArray();
            await Task.WhenAll(Enumerable.Range(0, 100).Select(number =>
                senders[number % senders.Length].SendMessageAsync(new ServiceBusMessage($"{number}"), stop)));

            Expect.Equal(100, await broker.CountAsync(Broker.Plain), "messages in the queue");
        });

        checks.Add("a message that is too large is refused", async stop =>
        {
            await using var client = await broker.ConnectAfreshAsync();
            var message = new ServiceBusMessage(new byte[256 * 1024]);
            await Refused(ServiceBusFailureReason.MessageSizeExceeded,
                () => client.CreateSender(Broker.Plain).SendMessageAsync(message, stop));
        });

        checks.Add("a queue that does not exist is not found", async stop =>
        {
            await using var client = await broker.ConnectAfreshAsync();
            await Refused(ServiceBusFailureReason.MessagingEntityNotFound,
                () => client.CreateSender("nowhere").SendMessageAsync(new ServiceBusMessage("1"), stop));
            await Refused(ServiceBusFailureReason.MessagingEntityNotFound,
                () => client.CreateReceiver("nowhere").ReceiveMessageAsync(cancellationToken: stop));
        });

        checks.Add("a queue that does not exist is named, when a token for it is put", async stop =>
        {
            await using var client = await broker.ConnectAfreshAsync();
            var refusal = await Expect.Throws<ServiceBusException>(
                () => client.CreateSender("nowhere").SendMessageAsync(new ServiceBusMessage("1"), stop), "send");
            foreach (var part in new[] { "Put token failed. status-code: 404", "'sb://localhost/nowhere'", "TrackingId:" })
                if (!refusal.Message.Contains(part)) throw new CheckFailed($"{part} is not in: {refusal.Message}");
        });

        checks.Add("WebSockets and the management API are refused for what they are, at once", async stop =>
        {
            await using var fresh = await broker.ConnectAfreshAsync();
            await using var client = broker.ConnectWithWebSockets();
            var webSocket = await Expect.Throws<Exception>(
                () => client.CreateSender(Broker.Plain).SendMessageAsync(new ServiceBusMessage("1"), stop), "send");
            if (!webSocket.Message.Contains("501")) throw new CheckFailed($"{webSocket}");
            var management = await Expect.Throws<Exception>(
                () => broker.Manage().GetQueueAsync(Broker.Plain, stop), "manage");
            if (!management.Message.Contains("leaves out")) throw new CheckFailed($"{management}");
        });

        checks.Add("a message without a session id is refused by a queue with sessions", async stop =>
        {
            await using var client = await broker.ConnectAfreshAsync();
            await Expect.Throws<InvalidOperationException>(
                () => client.CreateSender(Broker.Requests).SendMessageAsync(new ServiceBusMessage("1"), stop), "send");
            Expect.Equal(0, await broker.CountAsync(Broker.Requests), "messages in the queue");
        });

        checks.Add("a duplicate is accepted and dropped", async stop =>
        {
            await using var client = await broker.ConnectAfreshAsync();
            var sender = client.CreateSender(Broker.Unique);
            foreach (var (id, body) in new[] { ("same", "1"), ("same", "2"), ("other", "3") })
                await sender.SendMessageAsync(new ServiceBusMessage(body) { MessageId = id }, stop);

            var bodies = await Messages.BodiesAsync(client.CreateReceiver(Broker.Unique), 2, stop);

            Expect.Sequence(["1", "3"], bodies, "bodies");
            Expect.Equal(2, await broker.CountAsync(Broker.Unique), "messages in the queue");
        });

        checks.Add("a scheduled message arrives when it is due, one that is cancelled does not", async stop =>
        {
            await using var client = await broker.ConnectAfreshAsync();
            var sender = client.CreateSender(Broker.Plain);
            var due = DateTimeOffset.UtcNow.AddSeconds(2);
            var numbers = await sender.ScheduleMessagesAsync(
                [new ServiceBusMessage("cancelled"), new ServiceBusMessage("kept")], due, stop);
            Expect.Equal(2, numbers.Distinct().Count(), "sequence numbers");
            await sender.CancelScheduledMessageAsync(numbers[0], stop);
            await Refused(ServiceBusFailureReason.MessageNotFound,
                () => sender.CancelScheduledMessageAsync(numbers[0], stop));

            var message = await Messages.OneAsync(client.CreateReceiver(Broker.Plain), stop);

            Expect.Equal("kept", message.Body.ToString(), "body");
            Expect.Equal(ServiceBusMessageState.Scheduled, message.State, "state");
            Expect.Equal(true, message.EnqueuedTime >= due.AddMilliseconds(-1), "enqueued at the scheduled time or later");
        });

        checks.Add("a scheduled enqueue time on the message itself is kept", async stop =>
        {
            await using var client = await broker.ConnectAfreshAsync();
            var due = DateTimeOffset.UtcNow.AddSeconds(2);
            var message = new ServiceBusMessage("1") { ScheduledEnqueueTime = due };
            await client.CreateSender(Broker.Plain).SendMessageAsync(message, stop);

            var peeked = await client.CreateReceiver(Broker.Plain).PeekMessageAsync(cancellationToken: stop);

            Expect.Equal(ServiceBusMessageState.Scheduled, peeked.State, "state");
        });

        checks.Add("a transaction is refused for what it is", async stop =>
        {
            await using var client = await broker.ConnectAfreshAsync();
            using var scope = new System.Transactions.TransactionScope(
                System.Transactions.TransactionScopeAsyncFlowOption.Enabled);
            var refusal = await Expect.Throws<Exception>(
                () => client.CreateSender(Broker.Plain).SendMessageAsync(new ServiceBusMessage("1"), stop), "send");
            if (!refusal.Message.Contains("does not support transactions")) throw new CheckFailed($"{refusal}");
        });
    }

    private static async Task Refused(ServiceBusFailureReason reason, Func<Task> action)
    {
        var refusal = await Expect.Throws<ServiceBusException>(action, $"{reason}");
        Expect.Equal(reason, refusal.Reason, "reason");
    }
}
