import rhea from 'rhea';
import type { PropertyChanges } from '../messages/propertyChanges.ts';
import type { RawMapEntry } from './amqpValue.ts';
import { encode, encodedEntry, encodedValueOf, endOfValue, mergeMaps } from './amqpValue.ts';

/** Reads property changes from an AMQP map; what a property cannot be (a list, a map, an array) is left out. */
export function readPropertyChanges(entries: readonly RawMapEntry[]): Map<string, Buffer> {
  const changes = new Map<string, Buffer>();
  for (const entry of entries) {
    const value = encodedValueOf(entry);
    // A copy lets the network buffer go.
    if (isSimple(value)) changes.set(entry.key, Buffer.from(value));
  }
  return changes;
}

/** The application properties of a message as receivers have changed them. */
export function changedProperties(sent: readonly RawMapEntry[], changes: PropertyChanges): RawMapEntry[] {
  const entries = [...changes].map(([key, value]) =>
    encodedEntry(key, typeof value === 'string' ? encode(rhea.types.wrap_string(value)) : value),
  );
  return mergeMaps(sent, entries);
}

/** Whether a value is of a primitive AMQP type other than a list, a map or an array; it may be described. */
function isSimple(value: Buffer): boolean {
  const code = value.readUInt8(0);
  if (code === 0x00) return isSimple(value.subarray(endOfValue(value, 1)));
  return code !== 0x45 && code < 0xc0;
}
