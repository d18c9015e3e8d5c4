import { UsageError } from '../command/errors.ts';

/** The largest that Service Bus can give: a signed 64-bit number. */
const LARGEST = 2n ** 63n - 1n;

/**
 * A sequence number as Service Bus gives them, in decimal.
 *
 * @throws {UsageError} for any other text
 */
export function parseSequenceNumber(text: string): string {
  if (/^[1-9]\d{0,18}$/.test(text) && BigInt(text) <= LARGEST) return text;
  throw new UsageError(
    `${text} is not the number of a request: --at printed it, and npx epc requests lists it.`,
  );
}
