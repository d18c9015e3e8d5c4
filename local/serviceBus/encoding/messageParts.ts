import { ServiceBusError } from '../messages/serviceBusError.ts';
import type { RawMapEntry } from './amqpValue.ts';
import { decode, readList, readMap, textOf, writeList, writeMap } from './amqpValue.ts';
import { describedBy, type Section, section, sectionsOf } from './messageSections.ts';

/**
 * A message taken apart, as far as the broker changes something in it: fields and map entries are the bytes that were
 * sent, so that no AMQP type is lost.
 */
export type MessageParts = {
  /** The fields of the header, encoded; trailing ones may be left out. */
  readonly header: readonly Buffer[];
  readonly annotations: readonly RawMapEntry[];
  /** The fields of the properties, likewise. */
  readonly properties: readonly Buffer[];
  readonly applicationProperties: readonly RawMapEntry[];
  /** The sections of the body, with their descriptors. */
  readonly body: readonly Section[];
  /** With its descriptor. */
  readonly footer: Buffer;
};

/** Takes an encoded message apart. @throws ServiceBusError if the bytes are not an AMQP message */
export function partsOf(encoded: Buffer): MessageParts {
  const parts = {
    header: [] as Buffer[],
    annotations: [] as RawMapEntry[],
    properties: [] as Buffer[],
    applicationProperties: [] as RawMapEntry[],
    body: [] as Section[],
    footer: Buffer.alloc(0) as Buffer,
  };
  for (const part of sectionsOf(encoded)) {
    switch (part.code) {
      case section.header:
        parts.header = readList(part.value);
        break;
      case section.deliveryAnnotations:
        break;
      case section.messageAnnotations:
        parts.annotations = readMap(part.value, 0);
        break;
      case section.properties:
        parts.properties = readList(part.value);
        break;
      case section.applicationProperties:
        parts.applicationProperties = readMap(part.value, 0);
        break;
      case section.data:
      case section.sequence:
      case section.value:
        parts.body.push(part);
        break;
      case section.footer:
        parts.footer = part.bytes;
        break;
      default:
        throw new ServiceBusError('malformed', `Unknown message section 0x${part.code.toString(16)}`);
    }
  }
  return parts;
}

/** Encodes a message from its parts. */
export function encodeParts(parts: MessageParts): Buffer {
  const { header, annotations, properties, applicationProperties, body, footer } = parts;
  return Buffer.concat([
    describedBy(section.header, writeList(header)),
    describedBy(section.messageAnnotations, writeMap(annotations)),
    describedBy(section.properties, writeList(properties)),
    describedBy(section.applicationProperties, writeMap(applicationProperties)),
    ...body.map(({ bytes }) => bytes),
    footer,
  ]);
}

/** The value of a field in plain JavaScript; undefined if it is null or left out. */
export function fieldOf(fields: readonly Buffer[], index: number): unknown {
  const field = fields[index];
  return (field === undefined ? undefined : decode(field)) ?? undefined;
}

/** The same of a field in which an id or a text stands, as text. */
export function textFieldOf(fields: readonly Buffer[], index: number): string | undefined {
  const field = fields[index];
  return field && textOf(field);
}

/** The bytes of a body; undefined if it is not made of data sections. */
export function bytesOf(body: readonly Section[]): Buffer | undefined {
  const chunks: Buffer[] = [];
  for (const { code, value } of body) {
    const bytes = code === section.data ? decode(value) : undefined;
    if (!Buffer.isBuffer(bytes)) return undefined;
    chunks.push(bytes);
  }
  return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
}
