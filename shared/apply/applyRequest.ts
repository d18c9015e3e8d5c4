import { randomUUID } from 'node:crypto';
import type { Outcome, Redelivery } from '../contract/outcome.ts';
import type { Graph } from '../graph/graph.ts';
import type { GraphCall } from '../graph/graphClient.ts';
import type { Retry } from '../kit/retry.ts';
import { sanitize } from '../kit/sanitize.ts';
import type { Message } from '../receive/message.ts';
import type { CompletedRequest, CompletedRequests, DeliveryCourse } from './completedRequests.ts';
import type { Deliveries } from './deliveries.ts';
import { checkEligibility, expired, timeLeft } from './eligibility.ts';
import { type PreemptiveMutex, SupersededError } from './preemptiveMutex.ts';

/** How one delivery of a message ended. */
export type DeliveryReport = CompletedDelivery | UnfinishedDelivery;

/** A delivery with an outcome. A repeated outcome comes with the course of the delivery that led to it. */
export type CompletedDelivery = CompletedRequest & Handled;

export type UnfinishedDelivery = Redelivery & DeliveryCourse & Handled;

type Handled = {
  readonly message: Message;
  /** Every call to Graph in this delivery, in order. */
  readonly calls: readonly GraphCall[];
};

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
  mutex,
  completedRequests,
  deliveries,
  allowedExternalPartnerIds,
}: {
  graph: Graph;
  retry: Retry;
  mutex: PreemptiveMutex;
  completedRequests: CompletedRequests;
  deliveries: Deliveries;
  /** Lower-case record ids; undefined: every partner is allowed. */
  allowedExternalPartnerIds?: ReadonlySet<string> | undefined;
}): (message: Message) => Promise<DeliveryReport> {
  async function applyRequest(message: Message): Promise<DeliveryReport> {
    const delivery: Delivery = {
      message,
      clientRequestId: randomUUID(),
      startedAt: Date.now(),
      calls: [],
      attempts: 0,
    };
    try {
      return await mutex.runExclusive(message.sessionId, (signal) => deliver(delivery, signal));
    } catch (error) {
      return report(delivery, outcomeOfError(error, message));
    }
  }

  async function deliver(delivery: Delivery, signal: AbortSignal): Promise<DeliveryReport> {
    const { message, calls } = delivery;
    const completed = await completedRequests.waitAndRecall(message, signal);
    if (completed) return { ...completed, message, calls };
    const reported = report(delivery, await decide(delivery, signal));
    if (reported.outcome !== 'redelivery') completedRequests.remember(message, reported);
    return reported;
  }

  async function decide(delivery: Delivery, signal: AbortSignal): Promise<Outcome | Redelivery> {
    const { message, clientRequestId } = delivery;
    const eligibility = checkEligibility(message, allowedExternalPartnerIds);
    if ('rejection' in eligibility) return eligibility.rejection;
    const { request } = eligibility;
    const usefulForMs = timeLeft(request);
    if (usefulForMs <= 0) return expired(request, message.deliveryCount > 1);

    const attempt = async () => {
      delivery.attempts++;
      const { calls, result } = await graph.setEnableConnection(request, { clientRequestId, signal });
      delivery.calls.push(...calls);
      return result;
    };
    const retried = await retry(message.sessionId, attempt, { signal, usefulForMs });

    if ('gaveUp' in retried) {
      const mayTryAgain = deliveries.mayTryAfter(message.deliveryCount);
      return { outcome: mayTryAgain ? 'redelivery' : 'failed', error: retried.gaveUp };
    }
    return 'tooLate' in retried || retried.done === 'expired'
      ? expired(request, message.deliveryCount > 1 || delivery.calls.length > 0)
      : retried.done;
  }

  function outcomeOfError(error: unknown, { deliveryCount }: Message): Outcome | Redelivery {
    if (error instanceof SupersededError) {
      // The newer delivery now owns this message, unless the broker has given the message up.
      return {
        outcome: deliveries.isLast(deliveryCount) ? 'failed' : 'redelivery',
        error: { code: 'superseded', message: error.message },
      };
    }
    return {
      outcome: deliveries.mayTryAfter(deliveryCount) ? 'redelivery' : 'failed',
      error: { code: 'internalError', message: sanitize(`This app failed unexpectedly: ${error}`) },
    };
  }

  return applyRequest;
}

function report(delivery: Delivery, outcome: Outcome | Redelivery): DeliveryReport {
  return { ...delivery, ...outcome, completedAt: Date.now() };
}
