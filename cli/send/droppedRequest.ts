import type { Result } from '../../shared/contract/resultSchema.ts';
import { toSentence } from '../command/errors.ts';
import { exitCodes } from '../command/exitCodes.ts';
import { actionOf, describeRequest, type RequestMessage, requestJson } from '../requests/readRequests.ts';
import { describeResult, requestOf } from '../results/describeResult.ts';
import type { Namespace } from '../serviceBus/namespace.ts';
import { formatTime } from '../terminal/time.ts';
import {
  type EarlierRequest,
  findContradiction,
  findEarlierRequest,
  takeSnapshot,
} from './earlierRequest.ts';
import type { Output } from './output.ts';
import type { OutgoingRequest } from './plan.ts';
import { waitForResult } from './waitForResult.ts';

/** What became of a request that Service Bus dropped as a duplicate. */
export type DroppedRequest = {
  readonly earlier: EarlierRequest;
  /** Whether the earlier request did what this one was to do, and that still holds. */
  readonly holds: boolean;
  /** All of that for a person, in lines. */
  readonly description: readonly string[];
};

/**
 * Finds the request under whose message id this one was dropped.
 *
 * @param waitMs how long to wait for its result if it has none yet
 */
export async function explainDrop(
  namespace: Namespace,
  outgoing: OutgoingRequest,
  { cancelCommand }: Output,
  waitMs = 0,
): Promise<DroppedRequest> {
  const first = findEarlierRequest(await takeSnapshot(namespace), outgoing);
  if (waitMs > 0 && first.kind === 'queued' && first.message.state !== 'scheduled') {
    await waitForResult(namespace, (result) => isOf(result, first.message), waitMs);
  }
  const snapshot = await takeSnapshot(namespace);
  const earlier = findEarlierRequest(snapshot, outgoing);
  const contradiction =
    earlier.kind === 'completed' ? findContradiction(snapshot, earlier.result, outgoing) : '';
  // What was to happen later cannot hold already.
  const holds = contradiction === undefined && outgoing.at === undefined;
  const lines = [
    `Dropped as a duplicate: the message id ${outgoing.messageId} was used before, so this request has no effect.`,
    [describeEarlier(earlier, cancelCommand), contradiction].filter(Boolean).join(' '),
    holds ? 'What you asked for still holds.' : 'To make a new request, choose another --message-id.',
  ];
  return { earlier, holds, description: lines };
}

/** Prints what became of a dropped request. Returns the exit code. */
export async function reportDrop(
  { messageId, correlationId }: OutgoingRequest,
  { holds, description, earlier }: DroppedRequest,
  output: Output,
): Promise<number> {
  const object = { messageId, correlationId, dropped: true, holds, earlier: earlierJson(earlier) };
  await (holds ? output.result : output.problem)(description, object);
  return holds ? exitCodes.applied : exitCodes.dropped;
}

function earlierJson(earlier: EarlierRequest): object | undefined {
  switch (earlier.kind) {
    case 'queued':
      return requestJson(earlier.message);
    case 'completed':
      return earlier.result;
    case 'unknown':
      return undefined;
  }
}

function isOf(result: Pick<Result, 'messageId' | 'correlationId'>, message: RequestMessage) {
  return result.messageId === message.messageId && result.correlationId === message.correlationId;
}

function describeEarlier(earlier: EarlierRequest, cancelCommand: Output['cancelCommand']): string {
  switch (earlier.kind) {
    case 'queued': {
      const { state, time, sequenceNumber } = earlier.message;
      const what = `The earlier request, ${describeRequest(earlier.message)},`;
      return state === 'scheduled'
        ? `${what} is scheduled for ${formatTime(time)}. To take it back: ${cancelCommand(sequenceNumber)}`
        : `${what} has no outcome yet; it has been on the queue since ${formatTime(time)}.`;
    }
    case 'completed': {
      const { result } = earlier;
      const { externalPartnerId, enableConnection } = requestOf(result);
      const what =
        enableConnection === undefined ? '' : `, ${actionOf(enableConnection)} ${externalPartnerId},`;
      return `The earlier request${what} ended at ${result.completedAt} as ${toSentence(describeResult(result))}`;
    }
    case 'unknown':
      return 'The earlier request is not on the queue any more, and its result is not among those of the last day.';
  }
}
