using Azure.Messaging.ServiceBus;

namespace ServiceBusCheck;

/// <summary>What a receiver of one session can rely on.</summary>
public static class SessionChecks
{
    public static void AddTo(CheckList checks, Broker broker)
    {
        checks.Add("a session gives its own messages only, in order", async stop =>
        {
            await using var client = await broker.ConnectAfreshAsync();
            await SendAsync(client, stop, ("a", "1"), ("b", "2"), ("a", "3"));
            var receiver = await client.AcceptSessionAsync(Broker.Requests, "a", cancellationToken: stop);
            Expect.Sequence(["1", "3"], await Messages.BodiesAsync(receiver, 2, stop), "bodies");
        });

        checks.Add("the next session is one that has messages and that nobody holds", async stop =>
        {
            await using var client = await broker.ConnectAfreshAsync();
            await SendAsync(client, stop, ("a", "1"), ("b", "2"));
            var first = await client.AcceptNextSessionAsync(Broker.Requests, cancellationToken: stop);
            var second = await client.AcceptNextSessionAsync(Broker.Requests, cancellationToken: stop);
            Expect.Sequence(["a", "b"], [first.SessionId, second.SessionId], "sessions");
        });

        checks.Add("a receiver that waits for a session and prefetches gets the messages that come", async stop =>
        {
            await using var client = await broker.ConnectAfreshAsync();
            var waiting = client.AcceptNextSessionAsync(
                Broker.Requests, new ServiceBusSessionReceiverOptions { PrefetchCount = 10 }, stop);
            await SendAsync(client, stop, ("a", "1"), ("a", "2"));
            var receiver = await waiting;
            Expect.Sequence(["1", "2"], await Messages.BodiesAsync(receiver, 2, stop), "bodies");
        });

        checks.Add("waiting for a session ends with a timeout if none has messages", async stop =>
        {
            await using var client = await broker.ConnectAfreshAsync();
            await client.AcceptSessionAsync(Broker.Requests, "empty", cancellationToken: stop);
            await using var impatient = broker.Connect(maxRetries: 0);
            var timeout = await Expect.Throws<ServiceBusException>(
                () => impatient.AcceptNextSessionAsync(Broker.Requests, cancellationToken: stop), "accept");
            Expect.Equal(ServiceBusFailureReason.ServiceTimeout, timeout.Reason, "reason");
        });

        checks.Add("a session that someone holds cannot be accepted by another", async stop =>
        {
            await using var client = await broker.ConnectAfreshAsync();
            await client.AcceptSessionAsync(Broker.Requests, "a", cancellationToken: stop);
            await using var other = broker.Connect();
            var refusal = await Expect.Throws<ServiceBusException>(
                () => other.AcceptSessionAsync(Broker.Requests, "a", cancellationToken: stop), "accept");
            Expect.Equal(ServiceBusFailureReason.SessionCannotBeLocked, refusal.Reason, "reason");
        });

        checks.Add("a session whose id is empty is a session", async stop =>
        {
            await using var client = await broker.ConnectAfreshAsync();
            await broker.SendWithEmptySessionAsync(Broker.Requests);
            var receiver = await client.AcceptNextSessionAsync(Broker.Requests, cancellationToken: stop);
            Expect.Equal("", receiver.SessionId, "session");
            await receiver.CompleteMessageAsync(await Messages.OneAsync(receiver, stop), stop);
            Expect.Equal(0, await broker.CountAsync(Broker.Requests), "messages in the queue");
        });

        checks.Add("a session lock is renewed, and is lost in the end", async stop =>
        {
            await using var client = await broker.ConnectAfreshAsync();
            await SendAsync(client, stop, ("a", "1"));
            var receiver = await client.AcceptNextSessionAsync(Broker.Requests, cancellationToken: stop);
            var message = await Messages.OneAsync(receiver, stop);
            var lockedUntil = receiver.SessionLockedUntil;
            await receiver.RenewSessionLockAsync(stop);
            Expect.Equal(true, receiver.SessionLockedUntil > lockedUntil, "locked for longer");

            await broker.ExpireLocksAsync(Broker.Requests);
            var lost = await Expect.Throws<Exception>(() => receiver.CompleteMessageAsync(message, stop), "complete");
            if (!SessionLock.IsLost(lost)) throw new CheckFailed($"complete: {lost}");
            var next = await client.AcceptNextSessionAsync(Broker.Requests, cancellationToken: stop);
            Expect.Equal(2, (await Messages.OneAsync(next, stop)).DeliveryCount, "delivery count");
        });
    }

    private static async Task SendAsync(
        ServiceBusClient client, CancellationToken stop, params (string Session, string Body)[] messages) =>
        await client.CreateSender(Broker.Requests).SendMessagesAsync(
            messages.Select(message => new ServiceBusMessage(message.Body) { SessionId = message.Session }), stop);
}
