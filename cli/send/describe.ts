import type { Namespace } from '../serviceBus/namespace.ts';
import { isRefusal } from '../serviceBus/problem.ts';
import { formatTime } from '../terminal/time.ts';
import type { Dispatch } from './dispatch.ts';
import type { Whereabouts } from './locate.ts';
import type { Output } from './output.ts';
import type { OutgoingRequest } from './plan.ts';

/** What was done with a request, and how to take it back if it is scheduled. */
export function describeDispatch(
  { requestsQueue, host }: Namespace,
  { messageId, at, request }: OutgoingRequest,
  { sequenceNumber }: Dispatch,
  { cancelCommand, disableCommand }: Output,
): string {
  const where = `to ${requestsQueue} on ${host}`;
  const { until, externalPartnerId, validateOnly } = request;
  if (validateOnly) return `Sent ${messageId} ${where}, to be checked only.`;
  const window = until === undefined ? '' : ` The app disables the connection again at ${formatTime(until)}.`;
  if (at && sequenceNumber) {
    return `Scheduled ${messageId} for ${formatTime(at)}, ${where}.${window} To take it back: ${cancelCommand(sequenceNumber)}`;
  }
  const earlier = window && ` To end it earlier: ${disableCommand(externalPartnerId)}`;
  return `Sent ${messageId} ${where}.${window}${earlier}`;
}

/** The same for a program. */
export function dispatchJson(
  { requestsQueue, host }: Namespace,
  { messageId, correlationId, at, request: { until } }: OutgoingRequest,
  { sequenceNumber }: Dispatch,
): object {
  return {
    messageId,
    correlationId,
    queue: requestsQueue,
    host,
    at: at?.toISOString(),
    until,
    sequenceNumber,
  };
}

export function uncertainty({ messageId }: OutgoingRequest): string {
  return `If the message id ${messageId} was used before, this request is dropped; to see that takes the role Azure Service Bus Data Receiver.`;
}

/** Why a request was not sent, and whether that is certain. */
export function describeFailure(error: unknown, { messageId }: OutgoingRequest): string {
  const { message } = error as Error;
  return isRefusal(error)
    ? `${message} Nothing was sent.`
    : `${message} Whether it was sent is uncertain: look with npx epc requests, or send it again with --message-id ${messageId}, which avoids a duplicate.`;
}

/** Where a request is whose result did not come in time. */
export function describeAbsence(
  whereabouts: Exclude<Whereabouts, { kind: 'completed' }>,
  { messageId }: OutgoingRequest,
  { resultsTopic, host }: Namespace,
): string {
  const will = `Its result will come on ${resultsTopic} on ${host}.`;
  switch (whereabouts.kind) {
    case 'queued': {
      const isScheduled = whereabouts.message.state === 'scheduled';
      return `No result yet: ${messageId} is still ${isScheduled ? 'scheduled' : 'on the queue'} (npx epc requests). ${will}`;
    }
    case 'deadLettered':
      return `No result: ${messageId} is in the dead-letter queue (npx epc dead-letters).`;
    case 'nowhere':
      return `No result: ${messageId} is not on the queue any more. It may have been cancelled.`;
    case 'unknown':
      return `No result of ${messageId} yet. ${will}`;
  }
}
