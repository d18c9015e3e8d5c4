import type { ServiceBusReceiver } from '@azure/service-bus';
import { ServiceBusClient } from '@azure/service-bus';
import { onTestFinished } from 'vitest';
import type { QueueOptions, ServiceBus } from '../../../local/serviceBus/broker.ts';
import { startServiceBus } from '../../../local/serviceBus/broker.ts';

/** A broker with one queue, and the real client; both end with the test. */
export async function startBroker(options: Omit<QueueOptions, 'name'> = {}): Promise<{
  bus: ServiceBus;
  client: ServiceBusClient;
  connect: (maxRetries?: number) => ServiceBusClient;
}> {
  const bus = await startServiceBus({ queues: [{ name: 'requests', ...options }] });
  const clients: ServiceBusClient[] = [];
  const connect = (maxRetries = 0) => {
    const client = new ServiceBusClient(bus.connectionString, {
      retryOptions: { maxRetries, retryDelayInMs: 100, timeoutInMs: 2000 },
    });
    clients.push(client);
    return client;
  };
  onTestFinished(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await bus.close();
  });
  return { bus, client: connect(), connect };
}

/** The next message; fails where none comes. */
export async function receiveOne(receiver: ServiceBusReceiver) {
  const [message] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 5000 });
  if (message === undefined) throw new Error('No message came.');
  return message;
}

/** Whatever is there; empty where nothing comes. */
export async function receiveAll(receiver: ServiceBusReceiver, count = 20) {
  return await receiver.receiveMessages(count, { maxWaitTimeInMs: 150 });
}

export const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
