import { ServiceBusClient, type ServiceBusClientOptions } from '@azure/service-bus';
import local from '../local.settings.json' with { type: 'json' };

export type Namespace = {
  readonly client: ServiceBusClient;
  readonly requestsQueue: string;
  readonly resultsQueue: string;
};

/**
 * Connects to a namespace: a real one with the caller's own Entra sign-in, or the one that
 * `ServiceBusConnection` names, by default the local one of local.settings.json.
 *
 * @param fullyQualifiedNamespace NAME.servicebus.windows.net
 */
export async function connect(
  fullyQualifiedNamespace?: string,
  options: ServiceBusClientOptions = {},
): Promise<Namespace> {
  const env = { ...local.Values, ...process.env };
  const queues = { requestsQueue: env.REQUESTS_QUEUE, resultsQueue: env.RESULTS_QUEUE };
  if (!fullyQualifiedNamespace) {
    return { client: new ServiceBusClient(env.ServiceBusConnection, options), ...queues };
  }
  const { DefaultAzureCredential } = await import('@azure/identity');
  return {
    client: new ServiceBusClient(fullyQualifiedNamespace, new DefaultAzureCredential(), options),
    ...queues,
  };
}
