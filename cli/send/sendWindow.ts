import { UnreachableError } from '../command/errors.ts';
import { exitCodes } from '../command/exitCodes.ts';
import { readRequests } from '../requests/readRequests.ts';
import type { Namespace } from '../serviceBus/namespace.ts';
import { isRefusal } from '../serviceBus/problem.ts';
import { describeDispatch, describeFailure, dispatchJson, uncertainty } from './describe.ts';
import { type Dispatch, dispatch } from './dispatch.ts';
import { explainDrop, reportDrop } from './droppedRequest.ts';
import { locate, type Whereabouts } from './locate.ts';
import type { Output } from './output.ts';
import type { OutgoingRequest, SendPlan } from './plan.ts';
import { awaitResult } from './sendRequest.ts';

type EndRequest = OutgoingRequest & { readonly at: Date };

/** The scheduled disable at the end of a window. */
type WindowEnd = {
  readonly sequenceNumber: string;
  /** Whether this run scheduled it, and not an earlier one for the same window. */
  readonly isOurs: boolean;
  /** What it is, and how to take it back. */
  readonly description: string;
};

/**
 * Enables a partner for a while. The disable is scheduled first: whatever happens then, the partner does not stay
 * enabled by accident. Returns the exit code.
 */
export async function sendWindow(
  namespace: Namespace,
  { start, waitMs }: SendPlan,
  end: EndRequest,
  output: Output,
): Promise<number> {
  const windowEnd = await scheduleEnd(namespace, end, output);
  if (!windowEnd) {
    const drop = await explainDrop(namespace, end, output);
    const nothing = 'Nothing was sent: the disable at the end of the window cannot be scheduled.';
    const description = [nothing, ...drop.description];
    return reportDrop(end, { ...drop, description, holds: false }, output);
  }
  const sent = await sendStart(namespace, start, windowEnd);
  if (sent.isDropped) {
    const drop = await explainDrop(namespace, start, output, waitMs);
    const isTakenBack = windowEnd.isOurs && (await namespace.cancel(windowEnd.sequenceNumber));
    const fate = isTakenBack ? 'The disable at the end of the window is taken back.' : windowEnd.description;
    const holds = drop.holds && !windowEnd.isOurs;
    return reportDrop(start, { ...drop, holds, description: [...drop.description, fate] }, output);
  }
  if (sent.isUncertain) output.note(uncertainty(start));
  const takeBack = start.at
    ? ''
    : ` To take it back: ${output.disableCommand(start.request.externalPartnerId)}`;
  const lines = [`${describeDispatch(namespace, start, sent, output)}${takeBack}`, windowEnd.description];
  if (waitMs === undefined) {
    const { sequenceNumber } = windowEnd;
    const endObject = dispatchJson(namespace, end, { ...sent, sequenceNumber });
    await output.result(lines, { ...dispatchJson(namespace, start, sent), end: endObject });
    return exitCodes.done;
  }
  output.note(...lines);
  return awaitResult(namespace, start, waitMs, output);
}

/** Undefined if its message id was used before, for anything else than the same end of the same window. */
async function scheduleEnd(
  namespace: Namespace,
  end: EndRequest,
  { cancelCommand }: Output,
): Promise<WindowEnd | undefined> {
  const { isDropped, sequenceNumber } = await dispatch(namespace, end).catch((error: unknown): never => {
    const enable = isRefusal(error) ? '' : ' The enable was not sent.';
    throw new UnreachableError(`${describeFailure(error, end)}${enable}`, { cause: error });
  });
  const number = isDropped ? await findSameEnd(namespace, end) : sequenceNumber;
  if (number === undefined) return undefined;
  return {
    sequenceNumber: number,
    isOurs: !isDropped,
    description: `${isDropped ? 'Scheduled before:' : 'Scheduled'} ${end.messageId}, which disables it again, for ${end.at.toISOString()}. To take it back, so that it stays enabled: ${cancelCommand(number)}`,
  };
}

async function findSameEnd(namespace: Namespace, end: EndRequest): Promise<string | undefined> {
  const partner = end.request.externalPartnerId.toLowerCase();
  const same = (await readRequests(namespace)).find(
    ({ state, messageId, sessionId, time, body }) =>
      state === 'scheduled' &&
      messageId === end.messageId &&
      sessionId === partner &&
      time?.getTime() === end.at.getTime() &&
      body.request?.enableConnection === false,
  );
  return same?.sequenceNumber;
}

const SENT_ALL_THE_SAME = 'The enable was sent all the same.';
const fateOfEnable: Record<Whereabouts['kind'], string> = {
  nowhere: 'The enable was not sent.',
  unknown: 'Whether the enable was sent is uncertain; look with npx epc requests.',
  queued: SENT_ALL_THE_SAME,
  completed: SENT_ALL_THE_SAME,
  deadLettered: SENT_ALL_THE_SAME,
};

/** Service Bus may have taken a request before the connection was lost. */
async function findKind(namespace: Namespace, start: OutgoingRequest): Promise<Whereabouts['kind']> {
  return locate(namespace, start).then(
    ({ kind }) => kind,
    () => 'unknown',
  );
}

/** @throws {UnreachableError} if it is not sent, saying what stands then */
async function sendStart(
  namespace: Namespace,
  start: OutgoingRequest,
  windowEnd: WindowEnd,
): Promise<Dispatch> {
  try {
    return await dispatch(namespace, start);
  } catch (error) {
    const kind = isRefusal(error) ? 'nowhere' : await findKind(namespace, start);
    const isTakenBack =
      kind === 'nowhere' &&
      windowEnd.isOurs &&
      (await namespace.cancel(windowEnd.sequenceNumber).catch(() => false));
    const enable = fateOfEnable[kind];
    const disable = isTakenBack
      ? 'The disable that was to end the window is taken back.'
      : windowEnd.description;
    throw new UnreachableError(`${(error as Error).message} ${enable} ${disable}`, { cause: error });
  }
}
