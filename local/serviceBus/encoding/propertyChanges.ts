import rhea from 'rhea';
import type { RawMapEntry } from './amqpValue.ts';
import { encode, encodedValueOf, endOfValue } from './amqpValue.ts';

/**
 * Changes to application properties, as a receiver asks for them when it settles: by name, the encoded value. AMQP
 * has types that JavaScript lacks, and the next receiver is to get the one that was sent.
 */
export type PropertyChanges = ReadonlyMap<string, Buffer>;

export const noChanges: PropertyChanges = new Map();

/** Reads property changes from an AMQP map; what a property cannot be (a list, a map, an array) is left out. */
export function propertyChanges(entries: readonly RawMapEntry[]): Map<string, Buffer> {
  const changes = new Map<string, Buffer>();
  for (const entry of entries) {
    const value = encodedValueOf(entry);
    // A copy lets the network buffer go.
    if (isSimple(value)) changes.set(entry.key, Buffer.from(value));
  }
  return changes;
}

export function encodedText(text: string): Buffer {
  return Buffer.from(encode(rhea.types.wrap_string(text)));
}

/** Whether a value is of a primitive AMQP type other than a list, a map or an array; it may be described. */
function isSimple(value: Buffer): boolean {
  const code = value.readUInt8(0);
  if (code === 0x00) return isSimple(value.subarray(endOfValue(value, 1)));
  return code !== 0x45 && code < 0xc0;
}
