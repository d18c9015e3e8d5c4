import { ServiceBusClient } from '@azure/service-bus';
import { withTimeout } from '../../shared/kit/withTimeout.ts';
import { watchConnection } from '../command/connectionWatch.ts';
import { type Namespace, openNamespace } from './namespace.ts';
import type { NamespaceInput } from './namespaceOptions.ts';
import { toUnreachableError } from './problem.ts';
import { findTarget, type Target } from './target.ts';

export const TOKEN_SCOPE = 'https://servicebus.azure.net/.default';
const SIGN_IN_TIMEOUT_MS = 60_000;
/** Of one try of one operation. */
const OPERATION_TIMEOUT_MS = 20_000;
/** How long a connection may take to close. */
const CLOSE_TIMEOUT_MS = 1_000;

/**
 * Works with the namespace that the options name; see {@link findTarget}.
 *
 * @throws {UsageError} if that is not a namespace
 * @throws {UnreachableError} for whatever Service Bus, the sign-in or the network says
 */
export async function withNamespace<T>(
  input: NamespaceInput,
  work: (namespace: Namespace) => Promise<T>,
): Promise<T> {
  const target = findTarget(input.namespace);
  try {
    const client = await createClient(target, input['web-sockets']);
    try {
      return await work(openNamespace(client, target));
    } finally {
      await close(client);
    }
  } catch (error) {
    throw toUnreachableError(error, target);
  }
}

async function createClient(
  { host, connectionString }: Target,
  webSockets: boolean,
): Promise<ServiceBusClient> {
  const options = {
    retryOptions: { maxRetries: 1, retryDelayInMs: 1_000, timeoutInMs: OPERATION_TIMEOUT_MS },
    ...(webSockets && { webSocketOptions: { webSocket: WebSocket } }),
  };
  if (connectionString !== undefined) return new ServiceBusClient(connectionString, options);
  const { DefaultAzureCredential } = await import('@azure/identity');
  const credential = new DefaultAzureCredential();
  // Whether the caller is signed in shows before the network does.
  const watch = watchConnection('Microsoft Entra ID', { timeoutMs: SIGN_IN_TIMEOUT_MS });
  await watch(() => credential.getToken(TOKEN_SCOPE));
  return new ServiceBusClient(host, credential, options);
}

/** A peer that is gone must not hold up a command that has done its work. */
async function close(client: ServiceBusClient): Promise<void> {
  await withTimeout(client.close(), CLOSE_TIMEOUT_MS, 'It does not close.').catch(() => undefined);
}
