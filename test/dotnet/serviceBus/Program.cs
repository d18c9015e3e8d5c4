using ServiceBusCheck;

// Runs every check against the local Service Bus that serviceBusClient.ts has started, prints each, and how many passed.
var broker = new Broker(new Uri(Setting("CONTROL_URL")), Setting("ServiceBusConnection"));
var processor = SessionProcessorOptions.ReadFrom(Setting("HOST_JSON"));
var checks = new CheckList();

SendChecks.AddTo(checks, broker);
ReceiveChecks.AddTo(checks, broker);
PropertyChecks.AddTo(checks, broker);
SessionChecks.AddTo(checks, broker);
TopicChecks.AddTo(checks, broker);
ProcessorChecks.AddTo(checks, broker, processor);
FloodChecks.AddTo(checks, broker, processor);

return await checks.RunAsync();

static string Setting(string name) =>
    Environment.GetEnvironmentVariable(name) ?? throw new InvalidOperationException($"{name} is not set.");
