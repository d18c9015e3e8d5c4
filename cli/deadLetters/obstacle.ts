import type { ServiceBusReceivedMessage } from '@azure/service-bus';
import { endOfValidity } from '../../shared/apply/expiry.ts';
import type { Result } from '../../shared/contract/resultSchema.ts';
import type { RequestMessage } from '../requests/readRequests.ts';
import { requestOf } from '../results/describeResult.ts';

/** What a dead letter is held against. */
type Others = {
  readonly dead: readonly RequestMessage[];
  readonly queued: readonly RequestMessage[];
  readonly results: readonly Result[];
};

/** Why a request in the dead-letter queue must not be sent again; undefined if it may be. */
export function findObstacle(
  message: ServiceBusReceivedMessage,
  request: RequestMessage,
  others: Others,
): string | undefined {
  return (
    findWrongBody(message) ??
    findExpiry(message, request) ??
    findOwnResult(request, others) ??
    findLaterRequest(request, others)
  );
}

/** The client library would send such a body as data, and as another one. */
export function findWrongBody({ _rawAmqpMessage: { bodyType = 'data' } }: ServiceBusReceivedMessage) {
  return bodyType === 'data'
    ? undefined
    : `its body is an AMQP ${bodyType}, which the Functions host cannot read; send it as data`;
}

function findExpiry(message: ServiceBusReceivedMessage, { body }: RequestMessage): string | undefined {
  const now = Date.now();
  const end = body.request && endOfValidity(body.request);
  if (end && end.at <= now) return `its time is over (${end.name} ${end.text})`;
  const { expiresAtUtc, deadLetterReason } = message;
  return deadLetterReason === 'TTLExpiredException' || (expiresAtUtc && expiresAtUtc.getTime() <= now)
    ? `its time to live ended${expiresAtUtc ? ` at ${expiresAtUtc.toISOString()}` : ''}`
    : undefined;
}

function findOwnResult(request: RequestMessage, { results }: Others): string | undefined {
  const own = results.find(
    ({ messageId, correlationId }) =>
      messageId === request.messageId && [undefined, correlationId].includes(request.correlationId),
  );
  return own && `it has a result: ${own.outcome} at ${own.completedAt}`;
}

/**
 * A later request for the same partner, on which this one would act backwards. Which came later is certain among dead
 * letters and for what waits on the queue, because a session is served in order. A result counts as one of a later
 * request if it came after this one was enqueued: too often rather than too rarely.
 */
function findLaterRequest(request: RequestMessage, { dead, queued, results }: Others): string | undefined {
  const { sessionId, time } = request;
  const isLater = (other: RequestMessage) => BigInt(other.sequenceNumber) > BigInt(request.sequenceNumber);
  const laterDead = dead.find((one) => one.body.request && one.sessionId === sessionId && isLater(one));
  if (laterDead) return `dead letter ${laterDead.sequenceNumber} is a later request for the same partner`;

  const next = queued.find((one) => one.state !== 'scheduled' && one.sessionId === sessionId);
  if (next) return `the later request ${next.messageId} for the same partner is on the queue`;

  const laterResult = results.find(
    (one) =>
      one.outcome !== 'rejected' &&
      requestOf(one).externalPartnerId === sessionId &&
      Date.parse(one.completedAt) > (time?.getTime() ?? 0),
  );
  return (
    laterResult &&
    `the request ${laterResult.messageId} for the same partner ${laterResult.outcome === 'applied' ? 'was applied' : 'failed'} at ${laterResult.completedAt}`
  );
}
