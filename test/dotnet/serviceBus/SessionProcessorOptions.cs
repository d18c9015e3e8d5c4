using System.Text.Json;
using Azure.Messaging.ServiceBus;

namespace ServiceBusCheck;

/// <summary>Options of the session processor as the Functions host makes them of host.json.</summary>
public static class SessionProcessorOptions
{
    /// <summary>Reads <c>extensions.serviceBus</c> of host.json; a missing option is an error, for the app sets them all.</summary>
    public static Func<ServiceBusSessionProcessorOptions> ReadFrom(string hostJson)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(hostJson));
        var settings = document.RootElement.GetProperty("extensions").GetProperty("serviceBus").Clone();
        TimeSpan Span(string name) => TimeSpan.Parse(settings.GetProperty(name).GetString() ?? "");
        int Number(string name) => settings.GetProperty(name).GetInt32();
        return () => new ServiceBusSessionProcessorOptions
        {
            // For a function in Node the host completes, whatever host.json says.
            AutoCompleteMessages = true,
            PrefetchCount = Number("prefetchCount"),
            MaxConcurrentSessions = Number("maxConcurrentSessions"),
            MaxConcurrentCallsPerSession = Number("maxConcurrentCallsPerSession"),
            MaxAutoLockRenewalDuration = Span("maxAutoLockRenewalDuration"),
            SessionIdleTimeout = Span("sessionIdleTimeout"),
        };
    }
}
