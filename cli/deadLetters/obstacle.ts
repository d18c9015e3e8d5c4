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
export function findObstacle(request: RequestMessage, others: Others): string | undefined {
  return findExpiry(request) ?? findOwnResult(request, others) ?? findLaterRequest(request, others);
}

function findExpiry({ body }: RequestMessage): string | undefined {
  const validUntil = body.request?.validUntil;
  return validUntil !== undefined && Date.parse(validUntil) <= Date.now()
    ? `it was valid until ${validUntil}`
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
