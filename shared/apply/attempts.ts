import type { Outcome, Redelivery } from '../contract/outcome.ts';
import type { ConnectionRequest } from '../contract/requestSchema.ts';
import type { Graph } from '../graph/graph.ts';
import type { Attempt, Retry } from '../kit/retry.ts';
import { WindowsError } from '../windows/windowsError.ts';
import type { Deliveries } from './deliveries.ts';
import { type Delivery, type Limits, mayHaveBeenApplied } from './delivery.ts';
import { expired, isValidIn } from './expiry.ts';

/** One attempt; `withheld`: its PATCH was not to leave any more. */
export type MakeAttempt = () => Promise<Attempt<Outcome | 'withheld'>>;

export type Attempts = {
  /** Makes attempts until one is done, or the budget of the delivery is spent. */
  untilDone(
    delivery: Delivery,
    request: ConnectionRequest,
    limits: Limits,
    attempt: MakeAttempt,
  ): Promise<Outcome | Redelivery>;
  /** Makes the attempt once. */
  once(delivery: Delivery, request: ConnectionRequest, attempt: MakeAttempt): Promise<Outcome>;
  /** One PATCH, if the request still holds. */
  patch(delivery: Delivery, request: ConnectionRequest, limits: Limits): ReturnType<MakeAttempt>;
  /** The same, or only one GET of the partner if the request asks for no more. */
  patchOrRead(delivery: Delivery, request: ConnectionRequest, limits: Limits): ReturnType<MakeAttempt>;
};

/** Every kind of request is tried in the same way. */
export function createAttempts({
  graph,
  retry,
  deliveries,
}: {
  graph: Graph;
  retry: Retry;
  deliveries: Deliveries;
}): Attempts {
  const outcomeOf = (delivery: Delivery, request: ConnectionRequest, done: Outcome | 'withheld'): Outcome =>
    done === 'withheld' ? expired(request, mayHaveBeenApplied(delivery)) : done;

  const patch: Attempts['patch'] = async (delivery, request, { signal }) => {
    const mayLeave = () => {
      signal.throwIfAborted();
      return isValidIn(0, request);
    };
    const { clientRequestId } = delivery;
    const { calls, result } = await graph.setEnableConnection(request, { clientRequestId, mayLeave });
    delivery.calls.push(...calls);
    return result;
  };

  return {
    async once(delivery, request, attempt) {
      delivery.attempts++;
      const result = await attempt();
      return 'done' in result
        ? outcomeOf(delivery, request, result.done)
        : { outcome: 'failed', error: result.tryAgain };
    },

    async untilDone(delivery, request, limits, attempt) {
      const { message } = delivery;
      const counted = () => {
        delivery.attempts++;
        return attempt().catch(tryAgainLater);
      };
      const isUsefulIn = (ms: number) => isValidIn(ms, request);
      const retried = await retry(message.sessionId, counted, { ...limits, isUsefulIn });
      if ('gaveUp' in retried) {
        const mayTryAgain = deliveries.mayTryAfter(message.deliveryCount);
        return { outcome: mayTryAgain ? 'redelivery' : 'failed', error: retried.gaveUp };
      }
      return outcomeOf(delivery, request, 'tooLate' in retried ? 'withheld' : retried.done);
    },

    patch,

    async patchOrRead(delivery, request, limits) {
      if (!request.validateOnly) return patch(delivery, request, limits);
      const { calls, result } = await graph.readPartner(request, delivery.clientRequestId);
      delivery.calls.push(...calls);
      return result;
    },
  };
}

/** A fault of windows may pass; any other error is a bug. */
export function tryAgainLater(error: unknown): Attempt<never> {
  if (!(error instanceof WindowsError)) throw error;
  return { tryAgain: { code: error.code, message: error.message } };
}
