import { randomBytes } from 'node:crypto';
import type { ServiceBusClient, ServiceBusMessage, ServiceBusSender } from '@azure/service-bus';
import type { EntityAddress } from './bindings.ts';
import { outputTexts } from './outputText.ts';
import type { RpcTypedData } from './rpc.ts';

/** The invocation that an output is of. */
export type OutputOrigin = { readonly invocationId: string; readonly traceParent: string };

/** Sends what functions return. */
export type OutputSender = {
  /** Sends a value; an array is one message per element. Rejects if the broker does not take it. */
  send(address: EntityAddress, data: RpcTypedData, origin: OutputOrigin): Promise<void>;
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
    async send(address, data, origin) {
      const messages = outputTexts(data).map((text) => toMessage(text, origin));
      if (messages.length > 0) await senderOf(address).sendMessages(messages);
    },
    async close() {
      await Promise.allSettled([...senders.values()].map((sender) => sender.close()));
    },
  };
}

/**
 * A message as the extension makes it. The body is bytes, because the client would write a text as JSON, in quotes.
 * `Diagnostic-Id` is a span of its own in the trace of the invocation, which nobody records.
 */
function toMessage(text: string, { invocationId, traceParent }: OutputOrigin): ServiceBusMessage {
  const [version, traceId] = traceParent.split('-');
  return {
    body: Buffer.from(text),
    contentType: 'text/plain',
    applicationProperties: {
      $AzureWebJobsParentId: invocationId,
      'Diagnostic-Id': `${version}-${traceId}-${randomBytes(8).toString('hex')}-00`,
    },
  };
}
