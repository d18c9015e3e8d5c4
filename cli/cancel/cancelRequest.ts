import type { InputOf } from '../command/definition.ts';
import { UnreachableError } from '../command/errors.ts';
import { exitCodes } from '../command/exitCodes.ts';
import { withNamespace } from '../serviceBus/connect.ts';
import { print, printJson } from '../terminal/print.ts';
import type { cancel } from './command.ts';

type CancelInput = InputOf<typeof cancel>;

/**
 * Takes a scheduled request back.
 *
 * @throws {UnreachableError} if none with this number is scheduled
 */
export function cancelRequest({ sequenceNumber, json, ...connection }: CancelInput): Promise<number> {
  return withNamespace(connection, async (namespace) => {
    const { requestsQueue, host } = namespace;
    if (!(await namespace.cancel(sequenceNumber))) {
      throw new UnreachableError(
        `No request with number ${sequenceNumber} is scheduled on ${requestsQueue} on ${host}. Its time may have come, or it was cancelled already; npx epc requests lists what is scheduled.`,
      );
    }
    await (json
      ? printJson({ sequenceNumber, cancelled: true })
      : print(`Cancelled ${sequenceNumber} on ${requestsQueue} on ${host}; it will not be applied.`));
    return exitCodes.done;
  });
}
