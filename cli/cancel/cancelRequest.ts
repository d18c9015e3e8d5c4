import type { InputOf } from '../command/definition.ts';
import { UnreachableError } from '../command/errors.ts';
import { exitCodes } from '../command/exitCodes.ts';
import { describeRequest, type RequestMessage, readRequests, requestJson } from '../requests/readRequests.ts';
import { withNamespace } from '../serviceBus/connect.ts';
import type { Namespace } from '../serviceBus/namespace.ts';
import { hasConsent } from '../terminal/consent.ts';
import { note, print, printJson } from '../terminal/print.ts';
import { formatTime } from '../terminal/time.ts';
import type { cancel } from './command.ts';

type CancelInput = InputOf<typeof cancel>;

/**
 * Takes a scheduled request back.
 *
 * @throws {UnreachableError} if none with this number is scheduled
 */
export function cancelRequest({ sequenceNumber, json, yes, ...connection }: CancelInput): Promise<number> {
  return withNamespace(connection, async (namespace) => {
    const { requestsQueue, host } = namespace;
    const found = await find(namespace, sequenceNumber);
    const isEnd = found?.body.request?.endOf !== undefined;
    if (isEnd && !(await hasConsent(`${describe(found)}: the partner will stay enabled. Cancel it?`, yes))) {
      note('Nothing was cancelled.');
      return exitCodes.declined;
    }
    if (!(await namespace.cancel(sequenceNumber))) {
      throw new UnreachableError(
        `No request with number ${sequenceNumber} is scheduled on ${requestsQueue} on ${host}. Its time may have come, or it was cancelled already; npx epc requests lists what is scheduled.`,
      );
    }
    const what = found ? `, ${describe(found)}` : '';
    await (json
      ? printJson({ sequenceNumber, cancelled: true, ...(found && requestJson(found)) })
      : print(`Cancelled ${sequenceNumber}${what} on ${requestsQueue} on ${host}; it will not be applied.`));
    if (isEnd) {
      note(`The app does not end this window any more. To end it: npx epc disable ${found.sessionId}`);
    }
    return exitCodes.done;
  });
}

/** Undefined if there is none, or the caller may not look. */
async function find(namespace: Namespace, sequenceNumber: string): Promise<RequestMessage | undefined> {
  try {
    const requests = await readRequests(namespace);
    return requests.find((one) => one.state === 'scheduled' && one.sequenceNumber === sequenceNumber);
  } catch (error) {
    if (error instanceof UnreachableError) return undefined;
    throw error;
  }
}

function describe(message: RequestMessage): string {
  const { body, messageId, time } = message;
  return `${describeRequest(message)} (${body.request?.reference ?? messageId}), scheduled for ${formatTime(time)}`;
}
