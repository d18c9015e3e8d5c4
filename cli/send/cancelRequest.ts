import { UnreachableError, UsageError } from '../command/errors.ts';
import { exitCodes } from '../command/exitCodes.ts';
import type { Namespace } from '../serviceBus/namespace.ts';
import { isSequenceNumber } from '../serviceBus/sequenceNumber.ts';
import type { Output } from './output.ts';

/** @throws {UsageError} if that is no sequence number */
export function checkSequenceNumber(text: string | undefined): string {
  if (text !== undefined && isSequenceNumber(text)) return text;
  throw new UsageError(
    'Which request? Type the number of a scheduled one: --at printed it, and npm run requests lists it.',
  );
}

/**
 * Takes a scheduled request back. Returns the exit code.
 *
 * @throws {UnreachableError} if none with this number is scheduled
 */
export async function cancelRequest(
  namespace: Namespace,
  sequenceNumber: string,
  output: Output,
): Promise<number> {
  const { requestsQueue, host } = namespace;
  if (!(await namespace.cancel(sequenceNumber))) {
    throw new UnreachableError(
      `No request with number ${sequenceNumber} is scheduled on ${requestsQueue} on ${host}. Its time may have come, or it was cancelled already; npm run requests lists what is scheduled.`,
    );
  }
  output.result(`Cancelled ${sequenceNumber} on ${requestsQueue} on ${host}; it will not be applied.`, {
    sequenceNumber,
    cancelled: true,
  });
  return exitCodes.done;
}
