import { isServiceBusError, ServiceBusClient } from '@azure/service-bus';
import local from '../local.settings.json' with { type: 'json' };
import { asSentence, UnreachableError, UsageError } from './command.ts';

export type Namespace = {
  readonly client: ServiceBusClient;
  readonly requestsQueue: string;
  readonly resultsQueue: string;
};

/**
 * Works with a namespace: a real one with the caller's own Entra sign-in, or the one that `ServiceBusConnection`
 * names, by default the local one of local.settings.json.
 *
 * @param fullyQualifiedNamespace NAME.servicebus.windows.net
 * @throws {UsageError} where that is no host of Service Bus
 * @throws {UnreachableError} for whatever Service Bus or the sign-in says
 */
export async function withNamespace<T>(
  fullyQualifiedNamespace: string | undefined,
  work: (namespace: Namespace) => Promise<T>,
): Promise<T> {
  const env = { ...local.Values, ...process.env };
  const client = await connect(fullyQualifiedNamespace, env.ServiceBusConnection);
  try {
    return await work({
      client,
      requestsQueue: env.REQUESTS_QUEUE,
      resultsQueue: `${env.RESULTS_TOPIC}/Subscriptions/recent`,
    });
  } catch (error) {
    if (!isFromAzure(error)) throw error;
    const where = fullyQualifiedNamespace ?? 'The local Service Bus';
    const isLocalAndGone =
      !fullyQualifiedNamespace && /ECONNREFUSED|ServiceCommunication/.test(String(error));
    const hint = isLocalAndGone ? ' Is `npm start` or `npm run local` running?' : '';
    throw new UnreachableError(`${where} did not do it: ${asSentence(error.message)}${hint}`);
  } finally {
    await client.close();
  }
}

async function connect(
  fullyQualifiedNamespace: string | undefined,
  connectionString: string,
): Promise<ServiceBusClient> {
  const options = { retryOptions: { maxRetries: 1 } };
  if (fullyQualifiedNamespace === undefined) return new ServiceBusClient(connectionString, options);
  if (!/^[a-z][a-z0-9-]+\.servicebus\.[a-z0-9.]+$/i.test(fullyQualifiedNamespace)) {
    throw new UsageError(`--namespace is ${fullyQualifiedNamespace}; write NAME.servicebus.windows.net.`);
  }
  const { DefaultAzureCredential } = await import('@azure/identity');
  return new ServiceBusClient(fullyQualifiedNamespace, new DefaultAzureCredential(), options);
}

function isFromAzure(error: unknown): error is Error {
  if (isServiceBusError(error)) return true;
  return (
    error instanceof Error &&
    /Credential|Authentication|ECONN|ENOTFOUND/.test(`${error.name} ${error.message}`)
  );
}
