/**
 * The 16 bytes of a delivery tag for a lock token: its GUID as .NET orders bytes, the first three groups
 * little-endian. In a management request a lock token is an AMQP uuid, in network order.
 */
export function deliveryTagOf(lockToken: string): Buffer {
  const tag = Buffer.from(lockToken, 'hex');
  tag.subarray(0, 4).reverse();
  tag.subarray(4, 6).reverse();
  tag.subarray(6, 8).reverse();
  return tag;
}
