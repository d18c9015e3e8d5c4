import { ServiceBusClient, type ServiceBusClientOptions } from '@azure/service-bus';

type Environment = Readonly<Record<string, string | undefined>>;

/** The client's own defaults wait 30 s between attempts, which is longer than a person wants to watch. */
const clientOptions: ServiceBusClientOptions = {
  retryOptions: { maxRetries: 3, retryDelayInMs: 500, maxRetryDelayInMs: 5_000, timeoutInMs: 60_000 },
};

/** What a named connection lacks, as a sentence; undefined if it is complete. */
export function connectionProblem(name: string, environment: Environment): string | undefined {
  if (setting(name, environment) || setting(`${name}__fullyQualifiedNamespace`, environment))
    return undefined;
  return `Connection "${name}" is not set. Set ${name} to a Service Bus connection string, or ${name}__fullyQualifiedNamespace to NAME.servicebus.windows.net to sign in with an identity.`;
}

/** Opens a named connection: a connection string, or a namespace with an identity. */
export async function connect(name: string, environment: Environment): Promise<ServiceBusClient> {
  const connectionString = setting(name, environment);
  if (connectionString) return new ServiceBusClient(connectionString, clientOptions);

  const namespace = setting(`${name}__fullyQualifiedNamespace`, environment);
  if (!namespace) throw new Error(connectionProblem(name, environment));
  const { DefaultAzureCredential, ManagedIdentityCredential } = await import('@azure/identity');
  const clientId = setting(`${name}__clientId`, environment);
  const usesManagedIdentity =
    setting(`${name}__credential`, environment)?.toLowerCase() === 'managedidentity';
  const credential = usesManagedIdentity
    ? new ManagedIdentityCredential(clientId ? { clientId } : {})
    : new DefaultAzureCredential(clientId ? { managedIdentityClientId: clientId } : {});
  return new ServiceBusClient(namespace, credential, clientOptions);
}

function setting(name: string, environment: Environment): string | undefined {
  return environment[`AzureWebJobs${name}`] || environment[name] || undefined;
}
