import type { ServiceBusClient, ServiceBusMessage, ServiceBusSender } from '@azure/service-bus';
import type { EntityAddress } from './bindings.ts';
import type { RpcTypedData } from './rpc.ts';

/** Sends what functions return. */
export type OutputSender = {
  /** Sends a value; a JSON array is one message per element. Rejects if the broker does not take it. */
  send(address: EntityAddress, data: RpcTypedData, traceParent: string): Promise<void>;
  close(): Promise<void>;
};

/**
 * Sends with one sender per queue or topic for as long as the host runs.
 *
 * @param clients by the name of the connection
 */
export function createOutputSender(clients: ReadonlyMap<string, ServiceBusClient>): OutputSender {
  const senders = new Map<string, ServiceBusSender>();

  function senderOf({ connection, entity }: EntityAddress): ServiceBusSender {
    const key = `${connection}/${entity}`;
    const existing = senders.get(key);
    if (existing) return existing;
    const client = clients.get(connection);
    if (!client) throw new Error(`No connection "${connection}".`);
    const sender = client.createSender(entity);
    senders.set(key, sender);
    return sender;
  }

  return {
    async send(address, data, traceParent) {
      const messages = toMessages(data);
      for (const message of messages) message.applicationProperties = { 'Diagnostic-Id': traceParent };
      if (messages.length > 0) await senderOf(address).sendMessages(messages);
    },
    async close() {
      await Promise.allSettled([...senders.values()].map((sender) => sender.close()));
    },
  };
}

function toMessages(data: RpcTypedData): ServiceBusMessage[] {
  if (data.bytes) return [{ body: Buffer.from(data.bytes), contentType: 'application/octet-stream' }];
  if (data.json === undefined) return [text(data.string ?? String(data.int ?? data.double ?? ''))];
  const value: unknown = JSON.parse(data.json);
  if (!Array.isArray(value)) return [text(data.json)];
  return value.map((element) => text(typeof element === 'string' ? element : JSON.stringify(element)));
}

/** The client would write a string as JSON, in quotes; the extension writes the text itself. */
function text(body: string): ServiceBusMessage {
  return { body: Buffer.from(body), contentType: 'text/plain' };
}
