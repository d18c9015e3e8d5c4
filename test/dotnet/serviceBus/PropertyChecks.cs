using Azure.Messaging.ServiceBus;

namespace ServiceBusCheck;

/// <summary>Application properties keep their .NET types, whoever sets them.</summary>
public static class PropertyChecks
{
    /// <summary>One value of each type that an application property can have.</summary>
    private static readonly Dictionary<string, object> Properties = new()
    {
        ["byte"] = (byte)200,
        ["sbyte"] = (sbyte)-5,
        ["short"] = (short)-300,
        ["ushort"] = (ushort)60_000,
        ["int"] = 5,
        ["uint"] = 4_000_000_000u,
        ["small long"] = 5L,
        ["long"] = 9_007_199_254_740_993L,
        ["negative long"] = -9_007_199_254_740_993L,
        ["ulong"] = ulong.MaxValue,
        ["whole double"] = 3.0,
        ["double"] = 0.1,
        ["float"] = 0.1f,
        ["decimal"] = 12345.6789m,
        ["bool"] = true,
        ["char"] = 'ü',
        ["string"] = "grüß",
        ["guid"] = Guid.Parse("b3548526-e615-3785-3118-be70b3968ec5"),
        ["time"] = new DateTime(2030, 1, 31, 8, 0, 0, DateTimeKind.Utc),
        ["time with offset"] = new DateTimeOffset(2030, 1, 31, 8, 0, 0, TimeSpan.Zero),
        ["span"] = TimeSpan.FromSeconds(90),
        ["uri"] = new Uri("https://graph.microsoft.com/beta"),
    };

    public static void AddTo(CheckList checks, Broker broker)
    {
        checks.Add("properties of every type arrive as they were sent", async stop =>
        {
            await using var client = await broker.ConnectAfreshAsync();
            await SendAsync(client, Properties, stop);
            Compare(await Messages.OneAsync(client.CreateReceiver(Broker.Plain), stop));
        });

        checks.Add("properties of every type that are changed on abandon keep their types", async stop =>
        {
            await using var client = await broker.ConnectAfreshAsync();
            await SendAsync(client, new() { ["int"] = "replaced", ["kept"] = "yes" }, stop);
            var receiver = client.CreateReceiver(Broker.Plain);
            await receiver.AbandonMessageAsync(await Messages.OneAsync(receiver, stop), Properties, stop);
            var message = await Messages.OneAsync(receiver, stop);
            Compare(message);
            Expect.Equal<object>("yes", message.ApplicationProperties["kept"], "a property that is not changed");
        });

        checks.Add("properties of every type that are changed on dead-lettering keep their types", async stop =>
        {
            await using var client = await broker.ConnectAfreshAsync();
            await SendAsync(client, new() { ["int"] = "replaced" }, stop);
            var receiver = client.CreateReceiver(Broker.Plain);
            await receiver.DeadLetterMessageAsync(
                await Messages.OneAsync(receiver, stop), Properties, "Invalid", "no id", stop);
            var deadLetters = client.CreateReceiver(Broker.Plain,
                new ServiceBusReceiverOptions { SubQueue = SubQueue.DeadLetter });
            var message = await Messages.OneAsync(deadLetters, stop);
            Compare(message);
            Expect.Equal("Invalid", message.DeadLetterReason, "reason");
        });
    }

    private static async Task SendAsync(
        ServiceBusClient client, Dictionary<string, object> properties, CancellationToken stop)
    {
        var message = new ServiceBusMessage("1");
        foreach (var (name, value) in properties) message.ApplicationProperties[name] = value;
        await client.CreateSender(Broker.Plain).SendMessageAsync(message, stop);
    }

    private static void Compare(ServiceBusReceivedMessage message)
    {
        foreach (var (name, value) in Properties)
        {
            if (!message.ApplicationProperties.TryGetValue(name, out var actual))
                throw new CheckFailed($"The property '{name}' is missing.");
            Expect.Equal(value.GetType(), actual.GetType(), $"type of '{name}'");
            Expect.Equal(value, actual, name);
        }
    }
}
