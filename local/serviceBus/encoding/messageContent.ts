import { randomUUID } from 'node:crypto';
import rhea from 'rhea';
import type { RawMapEntry } from './amqpValue.ts';
import {
  decode,
  encode,
  encodedEntry,
  readList,
  readMap,
  valueOfEntry,
  writeList,
  writeMap,
} from './amqpValue.ts';
import { describedBy, section, sectionsOf } from './messageSections.ts';
import type { PropertyChanges } from './propertyChanges.ts';
import { ServiceBusError } from '../messages/serviceBusError.ts';

/**
 * A message as its sender encoded it. Properties, body and footer stay the bytes that were sent; only the header
 * and the annotations, which belong to the broker, are taken apart.
 */
export type MessageContent = {
  readonly durable: boolean;
  readonly priority: number;
  readonly timeToLiveMs: number | undefined;
  readonly annotations: readonly RawMapEntry[];
  /** The sections `properties`, body and `footer`, with their descriptors. */
  readonly properties: Buffer;
  readonly applicationProperties: readonly RawMapEntry[];
  readonly body: Buffer;
  readonly footer: Buffer;
  /** Bytes on the wire, as sent. */
  readonly size: number;
  readonly messageId: string | undefined;
  readonly sessionId: string | undefined;
  readonly scheduledEnqueueTime: number | undefined;
};

/** What a person or a test wants to know of a message. */
export type MessageFields = {
  readonly body: Buffer | undefined;
  readonly correlationId: string | undefined;
  readonly subject: string | undefined;
  readonly replyTo: string | undefined;
  readonly contentType: string | undefined;
  readonly applicationProperties: Readonly<Record<string, unknown>>;
};

/** The message annotation that holds a message back until a time. */
export const scheduledEnqueueTimeKey = 'x-opt-scheduled-enqueue-time';
const { types } = rhea;

function asText(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return Buffer.isBuffer(value) ? value.toString('hex') : String(value);
}

function asList(bytes: Buffer): readonly unknown[] {
  const list = decode(bytes);
  return Array.isArray(list) ? list : [];
}

/**
 * Service Bus names a message that its sender did not, and its JavaScript client cannot settle one without a name.
 * The other properties stay the bytes that were sent.
 */
function withMessageId(properties: Buffer, messageId: string): Buffer {
  const fields = [encode(types.wrap_string(messageId))];
  const [sent] = [...sectionsOf(properties)];
  if (sent !== undefined) fields.push(...readList(sent.value).slice(1));
  return describedBy(section.properties, writeList(fields));
}

/** Takes an encoded message apart, and names it if its sender did not. @throws ServiceBusError when the bytes are not an AMQP message. */
export function readMessage(sent: Buffer): MessageContent {
  let durable = false;
  let priority = 4;
  let timeToLiveMs: number | undefined;
  let annotations: RawMapEntry[] = [];
  let properties: Buffer = Buffer.alloc(0);
  let messageId: string | undefined;
  let sessionId: string | undefined;
  let applicationProperties: RawMapEntry[] = [];
  const body: Buffer[] = [];
  let footer: Buffer = Buffer.alloc(0);
  // The bytes may be a slice of a network buffer shared with other messages; a copy lets that one go.
  const bytes = Buffer.from(sent);
  try {
    for (const part of sectionsOf(bytes)) {
      switch (part.code) {
        case section.header: {
          const fields = asList(part.value);
          durable = fields[0] === true;
          if (typeof fields[1] === 'number') priority = fields[1];
          if (typeof fields[2] === 'number') timeToLiveMs = fields[2];
          break;
        }
        case section.deliveryAnnotations:
          break;
        case section.messageAnnotations:
          annotations = readMap(part.value, 0);
          break;
        case section.properties: {
          const fields = asList(part.value);
          properties = part.bytes;
          messageId = asText(fields[0]);
          sessionId = asText(fields[10]);
          break;
        }
        case section.applicationProperties:
          applicationProperties = readMap(part.value, 0);
          break;
        case section.data:
        case section.sequence:
        case section.value:
          body.push(part.bytes);
          break;
        case section.footer:
          footer = part.bytes;
          break;
        default:
          throw new ServiceBusError(
            'amqp:decode-error',
            `Unknown message section 0x${part.code.toString(16)}`,
          );
      }
    }
  } catch (error) {
    if (error instanceof ServiceBusError) throw error;
    throw new ServiceBusError('amqp:decode-error', `Not an AMQP message: ${String(error)}`);
  }
  if (messageId === undefined) {
    messageId = randomUUID().replaceAll('-', '');
    properties = withMessageId(properties, messageId);
  }
  const schedule = annotations.find((entry) => entry.key === scheduledEnqueueTimeKey);
  const scheduledFor = schedule === undefined ? undefined : valueOfEntry(schedule);
  return {
    durable,
    priority,
    timeToLiveMs,
    annotations,
    properties,
    applicationProperties,
    body: body.length === 1 && body[0] !== undefined ? body[0] : Buffer.concat(body),
    footer,
    size: bytes.length,
    messageId,
    sessionId,
    scheduledEnqueueTime: scheduledFor instanceof Date ? scheduledFor.getTime() : undefined,
  };
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

function merge(entries: readonly RawMapEntry[], changes: readonly RawMapEntry[]): RawMapEntry[] {
  if (changes.length === 0) return [...entries];
  const changed = new Set(changes.map((entry) => entry.key));
  return [...entries.filter((entry) => !changed.has(entry.key)), ...changes];
}

function changedProperties(content: MessageContent, changes: PropertyChanges): RawMapEntry[] {
  const entries = [...changes].map(([key, value]) => encodedEntry(key, value));
  return merge(content.applicationProperties, entries);
}

/** What the broker adds when it hands a message out. */
export type BrokerFields = {
  readonly deliveryCount: number;
  /** In milliseconds; the message's own, or the queue's if that is shorter. */
  readonly timeToLiveMs: number | undefined;
  readonly annotations: readonly RawMapEntry[];
  readonly changes: PropertyChanges;
};

/** Encodes a message for a receiver: the broker's header and annotations around what was sent. */
export function writeMessage(content: MessageContent, broker: BrokerFields): Buffer {
  const header = types.wrap_list([
    types.wrap_boolean(content.durable),
    types.wrap_ubyte(content.priority),
    broker.timeToLiveMs === undefined ? null : types.wrap_uint(Math.min(broker.timeToLiveMs, 0xffff_ffff)),
    types.wrap_boolean(broker.deliveryCount === 0),
    types.wrap_uint(broker.deliveryCount),
  ]);
  const applicationProperties = changedProperties(content, broker.changes);
  const sections = [
    describedBy(section.header, encode(header)),
    describedBy(section.messageAnnotations, writeMap(merge(content.annotations, broker.annotations))),
    content.properties,
  ];
  if (applicationProperties.length > 0) {
    sections.push(describedBy(section.applicationProperties, writeMap(applicationProperties)));
  }
  sections.push(content.body, content.footer);
  return Buffer.concat(sections);
}

/** The bytes of a body; undefined if it is not made of data sections. */
export function bodyOf(content: MessageContent): Buffer | undefined {
  const parts: Buffer[] = [];
  for (const part of sectionsOf(content.body)) {
    const bytes = part.code === section.data ? decode(part.value) : undefined;
    if (!Buffer.isBuffer(bytes)) return undefined;
    parts.push(bytes);
  }
  return parts.length === 1 ? parts[0] : Buffer.concat(parts);
}

/** Decodes what a person or a test wants to see. */
export function describeContent(content: MessageContent, changes: PropertyChanges): MessageFields {
  const propertiesSection = [...sectionsOf(content.properties)][0];
  const properties = propertiesSection === undefined ? [] : asList(propertiesSection.value);
  return {
    body: bodyOf(content),
    subject: asText(properties[3]),
    replyTo: asText(properties[4]),
    correlationId: asText(properties[5]),
    contentType: asText(properties[6]),
    applicationProperties: Object.fromEntries(
      changedProperties(content, changes).map((entry) => [entry.key, valueOfEntry(entry)]),
    ),
  };
}
