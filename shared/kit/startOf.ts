/** The first bytes of a stream, which is closed without waiting for the rest. */
export async function* startOf(
  stream: AsyncIterable<Uint8Array | string>,
  maxBytes: number,
): AsyncGenerator<Uint8Array> {
  let left = maxBytes;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk as Uint8Array);
    yield bytes.subarray(0, left);
    left -= bytes.length;
    if (left <= 0) return;
  }
}
