import { randomUUID } from 'node:crypto';
import rhea from 'rhea';
import type { MessageContent } from '../messages/messageContent.ts';
import { ServiceBusError } from '../messages/serviceBusError.ts';
import { decode, encode, valueOfEntry } from './amqpValue.ts';
import { bytesOf, encodeParts, fieldOf, partsOf, textFieldOf } from './messageParts.ts';
import { section, sectionsOf } from './messageSections.ts';

/** The message annotation that holds a message back until a time. */
export const SCHEDULED_ENQUEUE_TIME_KEY = 'x-opt-scheduled-enqueue-time';

/**
 * Reads a message, and names it if its sender did not: Service Bus does so, and its JavaScript client cannot settle a
 * message without a name.
 *
 * @throws ServiceBusError if the bytes are not an AMQP message
 */
export function readMessage(sent: Buffer): MessageContent {
  try {
    // The bytes may be a slice of a network buffer shared with other messages; a copy lets that one go.
    const encoded = Buffer.from(sent);
    const parts = partsOf(encoded);
    const { header, properties, annotations, body } = parts;
    const messageId = textFieldOf(properties, 0) ?? randomUUID().replaceAll('-', '');
    const isNamed = fieldOf(properties, 0) !== undefined;
    const timeToLiveMs = fieldOf(header, 2);
    const schedule = annotations.find(({ key }) => key === SCHEDULED_ENQUEUE_TIME_KEY);
    const scheduledFor = schedule && valueOfEntry(schedule);
    const named = [encode(rhea.types.wrap_string(messageId)), ...properties.slice(1)];
    return {
      messageId,
      sessionId: textFieldOf(properties, 10),
      timeToLiveMs: typeof timeToLiveMs === 'number' ? timeToLiveMs : undefined,
      scheduledEnqueueTime: scheduledFor instanceof Date ? scheduledFor.getTime() : undefined,
      body: bytesOf(body),
      size: sent.length,
      encoded: isNamed ? encoded : encodeParts({ ...parts, properties: named }),
    };
  } catch (error) {
    if (error instanceof ServiceBusError) throw error;
    throw new ServiceBusError('malformed', `Not an AMQP message: ${String(error)}`);
  }
}

/** The messages inside a batched transfer (message format 0x80013700): each of its data sections is one message. */
export function readBatch(sent: Buffer): MessageContent[] {
  const messages: MessageContent[] = [];
  for (const part of sectionsOf(sent)) {
    if (part.code !== section.data) continue;
    const message = decode(part.value);
    if (Buffer.isBuffer(message)) messages.push(readMessage(message));
  }
  return messages;
}
