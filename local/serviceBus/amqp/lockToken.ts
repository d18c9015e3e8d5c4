import { randomBytes } from 'node:crypto';

/**
 * Turns a GUID's bytes from .NET order (first three groups little-endian) into network order, or back.
 * A delivery tag is a lock token in .NET order; a lock token in a management request is an AMQP uuid, in network order.
 */
export function swapGuidByteOrder(guid: Buffer): Buffer {
  const swapped = Buffer.from(guid);
  swapped.subarray(0, 4).reverse();
  swapped.subarray(4, 6).reverse();
  swapped.subarray(6, 8).reverse();
  return swapped;
}

/** A lock token as text (32 hexadecimal digits, network order), as the queue keeps it. */
export function newLockToken(): string {
  const guid = randomBytes(16);
  guid.writeUInt8((guid.readUInt8(6) & 0x0f) | 0x40, 6);
  guid.writeUInt8((guid.readUInt8(8) & 0x3f) | 0x80, 8);
  return guid.toString('hex');
}

/** The 16 bytes of a delivery tag for a lock token. */
export function deliveryTagOf(lockToken: string): Buffer {
  return swapGuidByteOrder(Buffer.from(lockToken, 'hex'));
}
