import { randomUUID } from 'node:crypto';
import { type Outcome, type Redelivery, rejected } from '../contract/outcome.ts';
import type { ConnectionRequest } from '../contract/requestSchema.ts';
import type { Graph } from '../graph/graph.ts';
import type { GraphCall } from '../graph/graphClient.ts';
import type { Retry } from '../kit/retry.ts';
import { sanitize } from '../kit/sanitize.ts';
import type { Message } from '../receive/message.ts';
import { type CompletedRequests, identityOf } from './completedRequests.ts';
import type { Deliveries } from './deliveries.ts';
import type { DeliveryReport } from './deliveryReport.ts';
import { checkEligibility, type Eligibility } from './eligibility.ts';
import { expired, isValidIn } from './expiry.ts';
import { PartnerBusyError, type PartnerLock, TakenOverError } from './partnerLock.ts';

/** A delivery under way. */
type Delivery = {
  readonly message: Message;
  readonly clientRequestId: string;
  readonly startedAt: number;
  readonly calls: GraphCall[];
  attempts: number;
};

/**
 * Brings a message to its outcome, one delivery at a time. Nothing is thrown: a bug becomes an outcome as well, so
 * that the last delivery that may try always has a result.
 */
export function createApplyRequest({
  graph,
  retry,
  lock,
  completedRequests,
  deliveries,
  budgetMs,
  allowedExternalPartnerIds,
  sleep,
  now = () => performance.now(),
}: {
  graph: Graph;
  retry: Retry;
  lock: PartnerLock;
  completedRequests: CompletedRequests;
  deliveries: Deliveries;
  /** Waiting and trying in one delivery, in milliseconds. */
  budgetMs: number;
  /** Lower-case record ids; undefined: every partner is allowed. */
  allowedExternalPartnerIds?: ReadonlySet<string> | undefined;
  /** Rejects with the signal's reason as soon as it aborts. */
  sleep: (ms: number, signal?: AbortSignal) => Promise<unknown>;
  /** A monotonic clock, in milliseconds. */
  now?: () => number;
}): (message: Message) => Promise<DeliveryReport> {
  async function applyRequest(message: Message): Promise<DeliveryReport> {
    const delivery: Delivery = {
      message,
      clientRequestId: randomUUID(),
      startedAt: Date.now(),
      calls: [],
      attempts: 0,
    };
    const eligibility = checkEligibility(message, allowedExternalPartnerIds);
    if ('rejection' in eligibility && !isKnown(message)) {
      if (message.deliveryCount > 1) await sleep(deliveries.delayBeforeRepeating(message.deliveryCount));
      return report(delivery, eligibility.rejection);
    }
    const budgetEnd = now() + budgetMs;
    try {
      const turn = { message: identityOf(message), waitMs: budgetMs };
      return await lock.runExclusive(message.sessionId, turn, (signal) =>
        deliver(delivery, eligibility, { signal, budgetMs: Math.max(0, budgetEnd - now()) }),
      );
    } catch (error) {
      return report(delivery, outcomeOfError(error, message));
    }
  }

  /** Whether an earlier delivery of the message has an outcome, or may come to one. */
  function isKnown(message: Message): boolean {
    return (
      completedRequests.recall(message) !== undefined || lock.isInHand(message.sessionId, identityOf(message))
    );
  }

  async function deliver(
    delivery: Delivery,
    eligibility: Eligibility,
    limits: { readonly signal: AbortSignal; readonly budgetMs: number },
  ): Promise<DeliveryReport> {
    const { message, calls } = delivery;
    const completed = completedRequests.recall(message);
    if (completed) {
      await sleep(deliveries.delayBeforeRepeating(message.deliveryCount), limits.signal);
      return { ...completed, message, calls };
    }
    const outcome =
      'rejection' in eligibility
        ? eligibility.rejection
        : await decide(delivery, eligibility.request, limits);
    const reported = report(delivery, outcome);
    if (reported.outcome !== 'redelivery') completedRequests.remember(reported);
    return reported;
  }

  async function decide(
    delivery: Delivery,
    request: ConnectionRequest,
    { signal, budgetMs }: { readonly signal: AbortSignal; readonly budgetMs: number },
  ): Promise<Outcome | Redelivery> {
    const { message, clientRequestId } = delivery;
    if (completedRequests.isOutdated(message)) {
      return rejected(
        'superseded',
        'A later request for this partner has been applied; send it again if it still holds.',
      );
    }
    const isUsefulIn = (ms: number) => isValidIn(ms, request);
    const mayLeave = () => {
      signal.throwIfAborted();
      return isUsefulIn(0);
    };
    const attempt = async () => {
      delivery.attempts++;
      const { calls, result } = await graph.setEnableConnection(request, { clientRequestId, mayLeave });
      delivery.calls.push(...calls);
      return result;
    };
    const retried = await retry(message.sessionId, attempt, { budgetMs, signal, isUsefulIn });

    if ('gaveUp' in retried) {
      const mayTryAgain = deliveries.mayTryAfter(message.deliveryCount);
      return { outcome: mayTryAgain ? 'redelivery' : 'failed', error: retried.gaveUp };
    }
    return 'tooLate' in retried || retried.done === 'withheld'
      ? expired(request, message.deliveryCount > 1 || delivery.calls.length > 0)
      : retried.done;
  }

  function outcomeOfError(error: unknown, { deliveryCount }: Message): Outcome | Redelivery {
    if (error instanceof TakenOverError) {
      // The newer delivery now owns this message.
      return { outcome: 'redelivery', error: { code: 'takenOver', message: error.message } };
    }
    return {
      outcome: deliveries.mayTryAfter(deliveryCount) ? 'redelivery' : 'failed',
      error:
        error instanceof PartnerBusyError
          ? { code: 'partnerBusy', message: error.message }
          : { code: 'internalError', message: sanitize(`This app failed unexpectedly: ${error}`) },
    };
  }

  return applyRequest;
}

function report(delivery: Delivery, outcome: Outcome | Redelivery): DeliveryReport {
  return { ...delivery, ...outcome, completedAt: Date.now() };
}
