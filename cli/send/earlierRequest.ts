import type { Result } from '../../shared/contract/resultSchema.ts';
import { sanitize } from '../../shared/kit/sanitize.ts';
import { actionOf, type RequestMessage, readRequests } from '../requests/readRequests.ts';
import { requestOf } from '../results/describeResult.ts';
import { readResults } from '../results/readResults.ts';
import type { Namespace } from '../serviceBus/namespace.ts';
import type { OutgoingRequest } from './plan.ts';

/** The request under whose message id another one was dropped. */
export type EarlierRequest =
  | { readonly kind: 'queued'; readonly message: RequestMessage }
  | { readonly kind: 'completed'; readonly result: Result }
  /** Neither on the queue nor among the results of the last day. */
  | { readonly kind: 'unknown' };

/** What is on the queue and among the results, at one moment. */
export type Snapshot = { readonly requests: readonly RequestMessage[]; readonly results: readonly Result[] };

export async function takeSnapshot(namespace: Namespace): Promise<Snapshot> {
  const requests = await readRequests(namespace);
  const results = await Array.fromAsync(readResults(namespace));
  return { requests, results: results.sort((a, b) => completionOf(a) - completionOf(b)) };
}

export function findEarlierRequest(
  { requests, results }: Snapshot,
  { messageId }: Pick<OutgoingRequest, 'messageId'>,
): EarlierRequest {
  const message = requests.find((one) => one.messageId === messageId);
  const result = results.findLast(
    (one) => one.messageId === messageId && (!message || one.correlationId === message.correlationId),
  );
  // A request stays on the queue for a moment after its result.
  if (result) return { kind: 'completed', result };
  return message ? { kind: 'queued', message } : { kind: 'unknown' };
}

/** Why a completed request does not do what a dropped one was to do; undefined if it does. */
export function findContradiction(
  { requests, results }: Snapshot,
  earlier: Result,
  { request }: Pick<OutgoingRequest, 'request'>,
): string | undefined {
  const { enableConnection, reference } = request;
  const partner = request.externalPartnerId.toLowerCase();
  const asked = requestOf(earlier);
  if (
    asked.externalPartnerId !== partner ||
    asked.enableConnection !== enableConnection ||
    asked.validateOnly !== request.validateOnly
  ) {
    return 'It asked for something else.';
  }
  if (asked.until !== request.until) {
    return asked.until === undefined ? 'It has no end.' : `Its window ends at ${sanitize(asked.until)}.`;
  }
  if (earlier.outcome !== 'applied') return 'It was not applied.';

  const later = results.findLast(
    (one) => completionOf(one) > completionOf(earlier) && mayHaveChanged(one, partner, enableConnection),
  );
  const asksLater = later && requestOf(later);
  if (
    asksLater &&
    (asksLater.enableConnection !== enableConnection ||
      // A window decides when what it enables ends, and so does an enable without an end.
      (asksLater.until === undefined) !== (request.until === undefined))
  ) {
    const action = actionOf(asksLater.enableConnection === true);
    return `Since then, ${later.messageId} (${action}) ${pastTense[later.outcome]} at ${later.completedAt}.`;
  }
  const next = requests.find(
    ({ state, sessionId, body }) =>
      state !== 'scheduled' &&
      sessionId === partner &&
      body.request?.enableConnection === !enableConnection &&
      !body.request.validateOnly,
  );
  if (next) {
    return `Since then, ${next.messageId} (${actionOf(!enableConnection)}) was sent; it has no outcome yet.`;
  }
  if (reference !== undefined && earlier.reference !== reference) {
    return `Its reference is ${earlier.reference ?? 'none'}; no result will name ${reference}.`;
  }
  return undefined;
}

const pastTense = {
  applied: 'was applied',
  unchanged: 'changed nothing',
  rejected: 'was rejected',
  failed: 'failed',
} as const;

function completionOf({ completedAt }: Result): number {
  return Date.parse(completedAt);
}

/** Whether the partner is, or may be, in another state since this result than before. */
function mayHaveChanged(result: Result, partner: string, enableConnection: boolean): boolean {
  const asked = requestOf(result);
  if (asked.externalPartnerId !== partner || asked.validateOnly) return false;
  // A request that failed may have been applied without a proof; to the wanted state, that changes nothing.
  return (
    result.outcome === 'applied' ||
    (result.outcome === 'failed' && asked.enableConnection !== enableConnection)
  );
}
