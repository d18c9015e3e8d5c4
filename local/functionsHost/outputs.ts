import type { ServiceBusClient, ServiceBusMessage, ServiceBusSender } from '@azure/service-bus';
import type { QueueAddress } from './bindings.ts';
import type { RpcTypedData } from './worker.ts';

/** Sends what functions give back; one sender per queue for as long as the host runs. */
export class Outputs {
  readonly #clients: ReadonlyMap<string, ServiceBusClient>;
  readonly #senders = new Map<string, ServiceBusSender>();

  constructor(clients: ReadonlyMap<string, ServiceBusClient>) {
    this.#clients = clients;
  }

  /** Sends a value; a JSON array is one message per element. Rejects where the broker does not take it. */
  async send(address: QueueAddress, data: RpcTypedData, traceParent: string): Promise<void> {
    const messages = toMessages(data);
    for (const message of messages) message.applicationProperties = { 'Diagnostic-Id': traceParent };
    if (messages.length > 0) await this.#sender(address).sendMessages(messages);
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#senders.values()].map((sender) => sender.close()));
  }

  #sender({ connection, queue }: QueueAddress): ServiceBusSender {
    const key = `${connection}/${queue}`;
    const known = this.#senders.get(key);
    if (known) return known;
    const client = this.#clients.get(connection);
    if (!client) throw new Error(`No connection "${connection}".`);
    const sender = client.createSender(queue);
    this.#senders.set(key, sender);
    return sender;
  }
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
