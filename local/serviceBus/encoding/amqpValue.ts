import type { Typed } from 'rhea';
import rhea from 'rhea';
import { ServiceBusError } from '../messages/serviceBusError.ts';

/** A map key with the bytes of key and value as they were sent, so that no AMQP type is lost on the way. */
export type RawMapEntry = { readonly key: string; readonly bytes: Buffer };

/** Values that the broker itself puts into annotations and application properties. */
export type PropertyValue = string | number | boolean | Date | Buffer | null;

const { types } = rhea;
const uuidCode = 0x98;

/** rhea's typings leave these two out. */
const { Reader, Writer } = types as unknown as {
  Reader: new (bytes: Buffer) => { read(): Typed };
  Writer: new () => { write(value: Typed): void; toBuffer(): Buffer };
};

/** Where the encoded value that starts at `offset` ends (AMQP 1.0, part 1.2 "Type encodings"). */
export function endOfValue(bytes: Buffer, offset: number): number {
  const code = bytes.readUInt8(offset);
  if (code === 0x00) return endOfValue(bytes, endOfValue(bytes, offset + 1));
  const start = offset + 1;
  switch (code >> 4) {
    case 0x4:
      return start;
    case 0x5:
      return start + 1;
    case 0x6:
      return start + 2;
    case 0x7:
      return start + 4;
    case 0x8:
      return start + 8;
    case 0x9:
      return start + 16;
    case 0xa:
    case 0xc:
    case 0xe:
      return start + 1 + bytes.readUInt8(start);
    case 0xb:
    case 0xd:
    case 0xf:
      return start + 4 + bytes.readUInt32BE(start);
    default:
      throw new ServiceBusError('malformed', `Unknown AMQP type code 0x${code.toString(16)}`);
  }
}

/** The encoded value behind a descriptor. */
export function describedValue(bytes: Buffer): Buffer {
  if (bytes[0] !== 0x00) throw new ServiceBusError('malformed', 'Expected an AMQP described type');
  return bytes.subarray(endOfValue(bytes, 1));
}

/** Decodes one value into plain JavaScript. */
export function decode(bytes: Buffer): unknown {
  return types.unwrap(new Reader(bytes).read());
}

export function encode(value: Typed): Buffer {
  const writer = new Writer();
  writer.write(value);
  return writer.toBuffer();
}

/** The entries of an encoded map, without decoding their values. */
export function readMap(bytes: Buffer, offset: number): RawMapEntry[] {
  const code = bytes.readUInt8(offset);
  const small = code === 0xc1;
  if (!small && code !== 0xd1) throw new ServiceBusError('malformed', 'Expected an AMQP map');
  const count = small ? bytes.readUInt8(offset + 2) : bytes.readUInt32BE(offset + 5);
  const entries: RawMapEntry[] = [];
  let position = offset + (small ? 3 : 9);
  for (let index = 0; index + 1 < count; index += 2) {
    const endOfKey = endOfValue(bytes, position);
    const end = endOfValue(bytes, endOfKey);
    entries.push({
      key: String(decode(bytes.subarray(position, endOfKey))),
      bytes: bytes.subarray(position, end),
    });
    position = end;
  }
  return entries;
}

/** The entries of a map that may be null or left out. */
export function readOptionalMap(bytes: Buffer | undefined): RawMapEntry[] {
  return bytes === undefined || isNull(bytes) ? [] : readMap(bytes, 0);
}

export function isNull(bytes: Buffer): boolean {
  return bytes[0] === 0x40;
}

/** The items of an encoded list, still encoded. */
export function readList(bytes: Buffer): Buffer[] {
  const code = bytes.readUInt8(0);
  if (code === 0x45) return [];
  const small = code === 0xc0;
  if (!small && code !== 0xd0) throw new ServiceBusError('malformed', 'Expected an AMQP list');
  const count = small ? bytes.readUInt8(2) : bytes.readUInt32BE(5);
  const items: Buffer[] = [];
  let position = small ? 3 : 9;
  for (let index = 0; index < count; index += 1) {
    const end = endOfValue(bytes, position);
    items.push(bytes.subarray(position, end));
    position = end;
  }
  return items;
}

/** Encodes a list from items that are encoded already. */
export function writeList(items: readonly Buffer[]): Buffer {
  return compound(0xd0, items.length, items);
}

/** Encodes a map from entries that are encoded already. */
export function writeMap(entries: readonly RawMapEntry[]): Buffer {
  return compound(
    0xd1,
    entries.length * 2,
    entries.map((entry) => entry.bytes),
  );
}

/** The entries of a map, and in place of those with the same key, or after them, these changes. */
export function mergeMaps(entries: readonly RawMapEntry[], changes: readonly RawMapEntry[]): RawMapEntry[] {
  const changed = new Set(changes.map(({ key }) => key));
  return [...entries.filter(({ key }) => !changed.has(key)), ...changes];
}

function compound(code: number, count: number, items: readonly Buffer[]): Buffer {
  const content = Buffer.concat(items);
  const head = Buffer.alloc(9);
  head.writeUInt8(code, 0);
  head.writeUInt32BE(content.length + 4, 1);
  head.writeUInt32BE(count, 5);
  return Buffer.concat([head, content]);
}

/** One map entry; annotations have symbols as keys, application properties have strings. */
export function mapEntry(key: string, value: Typed, keyType: 'symbol' | 'string'): RawMapEntry {
  const encodedKey = encode(keyType === 'symbol' ? types.wrap_symbol(key) : types.wrap_string(key));
  return { key, bytes: Buffer.concat([encodedKey, encode(value)]) };
}

/** A map entry of application properties, from a value that is encoded already. */
export function encodedEntry(key: string, value: Buffer): RawMapEntry {
  return { key, bytes: Buffer.concat([encode(types.wrap_string(key)), value]) };
}

/** The value of a map entry, as it was sent. */
export function encodedValueOf(entry: RawMapEntry): Buffer {
  return entry.bytes.subarray(endOfValue(entry.bytes, 0));
}

/** The value of a map entry in plain JavaScript; a bigint if a number cannot hold it. */
export function valueOfEntry(entry: RawMapEntry): unknown {
  return plainValueOf(encodedValueOf(entry));
}

/** An encoded value as text, such as an id; as .NET prints it. Undefined if it is null. */
export function textOf(bytes: Buffer): string | undefined {
  if (bytes[0] === uuidCode) return guidOf(bytes.toString('hex', 1));
  const value = plainValueOf(bytes) ?? undefined;
  return Buffer.isBuffer(value) ? value.toString('hex') : value === undefined ? undefined : String(value);
}

/** A GUID, 32 hexadecimal digits, with its hyphens. */
export function guidOf(digits: string): string {
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function plainValueOf(bytes: Buffer): unknown {
  const wide =
    bytes[0] === 0x81 ? bytes.readBigInt64BE(1) : bytes[0] === 0x80 ? bytes.readBigUInt64BE(1) : 0n;
  return Number.isSafeInteger(Number(wide)) ? decode(bytes) : wide;
}

/** A decoded map. */
export function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** The AMQP type that fits a JavaScript value; whole numbers become `int` or `long`, as .NET expects. */
export function typed(value: PropertyValue): Typed {
  if (typeof value !== 'number' || !Number.isInteger(value)) return types.wrap(value);
  return Math.abs(value) < 2 ** 31 ? types.wrap_int(value) : types.wrap_long(value);
}

const ticksOfUnixEpoch = 621_355_968_000_000_000n;

/** A time as .NET ticks (100 ns since the year 1), which is how the session lock's end is told. */
export function ticks(milliseconds: number): Typed {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(Math.floor(milliseconds)) * 10_000n + ticksOfUnixEpoch);
  return types.wrap_long(bytes);
}
