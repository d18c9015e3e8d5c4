import type { ServiceBusReceivedMessage, ServiceBusReceiver } from '@azure/service-bus';
import { ServiceBusClient } from '@azure/service-bus';
import { onTestFinished } from 'vitest';
import {
  type QueueOptions,
  type ServiceBus,
  type ServiceBusOptions,
  type SubscriptionOptions,
  startServiceBus,
  type TopicOptions,
} from '../../../local/serviceBus/broker.ts';
import { type AdjustableClock, createAdjustableClock } from './adjustableClock.ts';

/** Far more than anything takes, on a busy machine too: a test that fails ends by then. */
const longMs = 55_000;

/** For `expect.poll`. */
export const patiently = { timeout: longMs } as const;

export const minutes = (count: number) => count * 60_000;

export type ConnectOptions = {
  /** Default: 0. */
  maxRetries?: number;
  /** How long the client waits for a session. Default: longer than a test does. */
  timeoutInMs?: number;
};

type Broker = {
  bus: ServiceBus;
  clock: AdjustableClock;
  client: ServiceBusClient;
  connect: (options?: ConnectOptions) => ServiceBusClient;
};

/** A broker with one queue, `requests`, its clock, and the real client; all end with the test. */
export function startBroker(options: Omit<QueueOptions, 'name'> = {}): Promise<Broker> {
  return start({ queues: [{ name: 'requests', ...options }] });
}

/** Likewise with one topic, `results`. */
export function startTopicBroker(
  subscriptions: readonly SubscriptionOptions[],
  options: Omit<TopicOptions, 'name' | 'subscriptions'> = {},
): Promise<Broker> {
  return start({ topics: [{ name: 'results', subscriptions, ...options }] });
}

async function start(entities: Pick<ServiceBusOptions, 'queues' | 'topics'>): Promise<Broker> {
  const clock = createAdjustableClock();
  const bus = await startServiceBus({ ...entities, clock });
  const clients: ServiceBusClient[] = [];
  const connect = ({ maxRetries = 0, timeoutInMs = longMs }: ConnectOptions = {}) => {
    const client = new ServiceBusClient(bus.connectionString, {
      retryOptions: { maxRetries, retryDelayInMs: 100, timeoutInMs },
    });
    clients.push(client);
    return client;
  };
  onTestFinished(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await bus.close();
  });
  return { bus, clock, client: connect(), connect };
}

/** The next message; fails if none comes. */
export async function receiveOne(receiver: ServiceBusReceiver): Promise<ServiceBusReceivedMessage> {
  const [message] = await receiver.receiveMessages(1, { maxWaitTimeInMs: longMs });
  if (message === undefined) throw new Error('No message came.');
  return message;
}

/** The next messages, in the order in which they come; fails if one does not. */
export async function receiveSome(
  receiver: ServiceBusReceiver,
  count: number,
): Promise<ServiceBusReceivedMessage[]> {
  const messages: ServiceBusReceivedMessage[] = [];
  while (messages.length < count) messages.push(await receiveOne(receiver));
  return messages;
}

/** Asks for messages that should not come, and returns those that do. */
export async function receiveNothing(receiver: ServiceBusReceiver): Promise<ServiceBusReceivedMessage[]> {
  return await receiver.receiveMessages(20, { maxWaitTimeInMs: 150 });
}
