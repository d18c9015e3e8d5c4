import { randomUUID } from 'node:crypto';
import { type Outcome, type Redelivery, rejected, withAdvice } from '../contract/outcome.ts';
import type { ConnectionRequest } from '../contract/requestSchema.ts';
import type { Graph } from '../graph/graph.ts';
import type { Retry } from '../kit/retry.ts';
import { sanitize } from '../kit/sanitize.ts';
import type { Message } from '../receive/message.ts';
import type { Windows } from '../windows/windows.ts';
import { createAfterwards } from './afterwards.ts';
import { createApplyEnd, type EndRequest, isGone } from './applyEnd.ts';
import { createApplyWindow, type WindowRequest } from './applyWindow.ts';
import { createAttempts } from './attempts.ts';
import { type CompletedRequests, identityOf } from './completedRequests.ts';
import type { Deliveries } from './deliveries.ts';
import type { Delivery, Limits } from './delivery.ts';
import type { DeliveryReport } from './deliveryReport.ts';
import { checkEligibility, type Eligibility, type Rules } from './eligibility.ts';
import { PartnerBusyError, type PartnerLock, TakenOverError } from './partnerLock.ts';

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
  rules,
  windows,
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
  rules: Rules;
  /** undefined: windows cannot be remembered, and none are opened. */
  windows?: Windows | undefined;
  /** Rejects with the signal's reason as soon as it aborts. */
  sleep: (ms: number, signal?: AbortSignal) => Promise<unknown>;
  /** A monotonic clock, in milliseconds. */
  now?: () => number;
}): (message: Message) => Promise<DeliveryReport> {
  const attempts = createAttempts({ graph, retry, deliveries });
  const afterwards = createAfterwards({ sleep, now });
  const applyWindow = windows && createApplyWindow({ attempts, afterwards, windows });
  const applyEnd =
    windows &&
    createApplyEnd({
      attempts,
      windows,
      isAllowed: (id) => rules.allowedExternalPartnerIds?.has(id) ?? true,
    });

  async function applyRequest(message: Message): Promise<DeliveryReport> {
    const delivery: Delivery = {
      message,
      clientRequestId: randomUUID(),
      startedAt: Date.now(),
      calls: [],
      attempts: 0,
    };
    const eligibility = checkEligibility(message, rules);
    if ('rejection' in eligibility && !isKnown(message)) {
      if (message.deliveryCount > 1) await sleep(deliveries.delayBeforeRepeating(message.deliveryCount));
      return report(delivery, eligibility.rejection);
    }
    const budgetEnd = now() + budgetMs;
    try {
      const turn = { message: identityOf(message), waitMs: budgetMs };
      return await lock.runExclusive(message.sessionId, turn, (signal, hold) =>
        deliver(delivery, eligibility, { signal, budgetMs: Math.max(0, budgetEnd - now()) }, hold),
      );
    } catch (error) {
      const limits = { signal: new AbortController().signal, budgetMs };
      return report(delivery, await neverGiveUp(delivery, outcomeOfError(error, message), limits));
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
    limits: Limits,
    hold: (more: Promise<unknown>) => void,
  ): Promise<DeliveryReport> {
    const { message, calls } = delivery;
    const completed = completedRequests.recall(message);
    if (completed) {
      await sleep(deliveries.delayBeforeRepeating(message.deliveryCount), limits.signal);
      return closingWindows(delivery, { ...completed, message, calls }, limits, hold);
    }
    if ('rejection' in eligibility) return complete(report(delivery, eligibility.rejection));
    const { request } = eligibility;
    const outcome = await neverGiveUp(delivery, await decide(delivery, request, limits), limits);
    return closingWindows(delivery, complete(report(delivery, outcome)), limits, hold);
  }

  function decide(
    delivery: Delivery,
    request: ConnectionRequest,
    limits: Limits,
  ): Promise<Outcome | Redelivery> | Outcome {
    if (applyEnd && isEnd(request)) return applyEnd(delivery, request, limits);
    if (!request.validateOnly && completedRequests.isOutdated(delivery.message)) {
      const problem = 'A later request for this partner has been applied; send it again if it still holds.';
      return rejected('superseded', problem);
    }
    if (applyWindow && isWindow(request)) return applyWindow(delivery, request, limits);
    const attempt = () => attempts.patchOrRead(delivery, request, limits);
    return attempts.untilDone(delivery, request, limits, attempt);
  }

  function complete(reported: DeliveryReport): DeliveryReport {
    if (reported.outcome !== 'redelivery') completedRequests.remember(reported);
    return reported;
  }

  /** An end that was not applied comes again, unless its partner is gone. */
  async function neverGiveUp(
    delivery: Delivery,
    outcome: Outcome | Redelivery,
    limits: Limits,
  ): Promise<Outcome | Redelivery> {
    const { message } = delivery;
    const { request } = message;
    const isRefused = outcome.outcome === 'failed' || outcome.outcome === 'rejected';
    if (!windows || !request || !isEnd(request) || !isRefused || isGone(outcome)) return outcome;
    let at: Date | undefined;
    const postpone = async () => {
      at = await windows.postpone({ ...message, request });
    };
    const { problem } = await afterwards(delivery, postpone, limits);
    if (at) return withAdvice(outcome, `This end comes again at ${at.toISOString()}.`);
    if (deliveries.mayComeAgainAfter(message.deliveryCount)) {
      return { outcome: 'redelivery', error: outcome.error };
    }
    return withAdvice(outcome, `${problem} This end does not come again: disable the partner.`);
  }

  /** Once a change without an end is applied, no window is open any more. That must not fail the change. */
  function closingWindows(
    delivery: Delivery,
    reported: DeliveryReport,
    limits: Limits,
    hold: (more: Promise<unknown>) => void,
  ): DeliveryReport {
    const { request, sessionId } = delivery.message;
    const isPlain = request?.until === undefined && request?.endOf === undefined;
    if (!windows || !isPlain || reported.outcome !== 'applied') return reported;
    const windowsClosed = afterwards(delivery, () => windows.closeAll(sessionId), limits)
      // A newer delivery of the message has begun, and closes them.
      .catch(() => ({}));
    hold(windowsClosed);
    return { ...reported, windowsClosed };
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

function isWindow(request: ConnectionRequest): request is WindowRequest {
  return request.until !== undefined;
}

function isEnd(request: ConnectionRequest): request is EndRequest {
  return request.endOf !== undefined;
}

function report(delivery: Delivery, outcome: Outcome | Redelivery): DeliveryReport {
  return { ...delivery, ...outcome, completedAt: Date.now() };
}
