using Azure.Messaging.ServiceBus;

namespace ServiceBusCheck;

/// <summary>Ways to get at messages that fail where none comes.</summary>
public static class Messages
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(20);

    public static async Task<ServiceBusReceivedMessage> OneAsync(ServiceBusReceiver receiver, CancellationToken stop) =>
        await receiver.ReceiveMessageAsync(LongestWait, stop) ?? throw new CheckFailed("No message came.");

    /// <summary>The bodies of the next messages, which are left locked.</summary>
    public static async Task<List<string>> BodiesAsync(ServiceBusReceiver receiver, int count, CancellationToken stop)
    {
        var bodies = new List<string>();
        while (bodies.Count < count)
        {
            var messages = await receiver.ReceiveMessagesAsync(count - bodies.Count, LongestWait, stop);
            if (messages.Count == 0) throw new CheckFailed($"{count} messages were expected, {bodies.Count} came.");
            bodies.AddRange(messages.Select(message => message.Body.ToString()));
        }
        return bodies;
    }
}
