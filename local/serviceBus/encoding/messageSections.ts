import { decode, endOfValue } from './amqpValue.ts';

/** The descriptors of a message's sections (AMQP 1.0, part 3.2 "Message format"). */
export const section = {
  header: 0x70,
  deliveryAnnotations: 0x71,
  messageAnnotations: 0x72,
  properties: 0x73,
  applicationProperties: 0x74,
  data: 0x75,
  sequence: 0x76,
  value: 0x77,
  footer: 0x78,
} as const;

/** One section of an encoded message: all of it, and its value without the descriptor. */
export type Section = { readonly code: number; readonly bytes: Buffer; readonly value: Buffer };

/** The type code in which clients send a descriptor. */
const smallUlong = 0x53;

/** The sections of an encoded message, in order. */
export function* sectionsOf(bytes: Buffer): Generator<Section> {
  let start = 0;
  while (start < bytes.length) {
    const endOfDescriptor = endOfValue(bytes, start + 1);
    const end = endOfValue(bytes, start);
    const isSmall = bytes[start + 1] === smallUlong;
    const code = isSmall
      ? bytes.readUInt8(start + 2)
      : Number(decode(bytes.subarray(start + 1, endOfDescriptor)));
    yield { code, bytes: bytes.subarray(start, end), value: bytes.subarray(endOfDescriptor, end) };
    start = end;
  }
}

/** Encodes a section from a value that is encoded already. */
export function describedBy(code: number, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0x00, smallUlong, code]), value]);
}
