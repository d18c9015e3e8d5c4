using Azure.Messaging.ServiceBus;
using Azure.Messaging.ServiceBus.Administration;

namespace ServiceBusCheck;

/// <summary>The local Service Bus: a client of it, and the faults that serviceBusClient.ts makes on demand.</summary>
public sealed class Broker(Uri control, string connectionString)
{
    /// <summary>Queues, and a topic with its subscriptions, as serviceBusClient.ts creates them.</summary>
    public const string Requests = "requests", Plain = "plain", Unique = "unique", BriefLocks = "brief-locks",
        BriefSessions = "brief-sessions", FewDeliveries = "few-deliveries", Results = "results", Tickets = "tickets", Recent = "recent";

    /// <summary>The lock duration of the two queues with brief locks is 3 s.</summary>
    public static readonly TimeSpan LongerThanABriefLock = TimeSpan.FromSeconds(8);

    private static readonly HttpClient Http = new();

    /// <summary>A client of a broker that has just been started and holds nothing.</summary>
    public async Task<ServiceBusClient> ConnectAfreshAsync()
    {
        await RestartAsync();
        return Connect();
    }

    public ServiceBusClient Connect(int maxRetries = 3) => new(connectionString, new ServiceBusClientOptions
    {
        RetryOptions = new ServiceBusRetryOptions { MaxRetries = maxRetries, TryTimeout = TimeSpan.FromSeconds(5) },
    });

    public ServiceBusClient ConnectWithWebSockets() => new(connectionString, new ServiceBusClientOptions
    {
        TransportType = ServiceBusTransportType.AmqpWebSockets,
        RetryOptions = new ServiceBusRetryOptions { MaxRetries = 0 },
    });

    public ServiceBusAdministrationClient Manage() => new(connectionString);

    /// <summary>Ends the broker and starts it again on the same port; its messages are gone.</summary>
    public Task RestartAsync() => Do("restart");

    /// <summary>Cuts every connection.</summary>
    public Task DropConnectionsAsync() => Do("drop-connections");

    /// <summary>Ends all locks of a queue.</summary>
    public Task ExpireLocksAsync(string queue) => Do($"expire-locks/{queue}");

    /// <summary>Sends a message whose session id is empty, which this client leaves out.</summary>
    public Task SendWithEmptySessionAsync(string queue) => Do($"send-with-empty-session/{queue}");

    /// <summary>How many messages a queue holds.</summary>
    public async Task<int> CountAsync(string queue) => int.Parse(await Do($"count/{queue}"));

    /// <summary>Waits until a queue holds nothing: what was delivered is completed.</summary>
    public async Task EmptyAsync(string queue, CancellationToken stop)
    {
        while (await CountAsync(queue) > 0) await Task.Delay(20, stop);
    }

    private async Task<string> Do(string what)
    {
        using var response = await Http.PostAsync(new Uri(control, what), null);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadAsStringAsync();
    }
}
