import type { Message } from './message.ts';
import type { Outcome } from './outcome.ts';

/** An outcome, and how the delivery that led to it went. */
export type Settled = Outcome & {
  readonly attempts: number;
  readonly clientRequestId: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly completedAt: number;
};

export type CompletedRequests = {
  /**
   * What a message that comes back had come to, after a wait; undefined where that is not known here. Rejects
   * where the signal ends the wait.
   */
  find(message: Message, signal: AbortSignal): Promise<Settled | undefined>;
  keep(message: Message, settled: Settled): void;
};

const SHORTEST_DELAY_MS = 1_000;
/** How many sessions are remembered. */
const CAPACITY = 1_000;

/**
 * Remembers the last outcome of each session. A message that was settled and still comes back has an answer that
 * did not get through, so it gets the same answer again: what was applied is not answered as expired a moment
 * later. Before that it waits, twice as long in each delivery up to the budget in the last, so that the deliveries
 * outlast a results queue that refuses for some minutes.
 *
 * @param budgetMs the longest wait, in milliseconds
 * @param maxDeliveryCount the request queue's own
 */
export function createCompletedRequests({
  budgetMs,
  maxDeliveryCount,
  sleep,
}: {
  budgetMs: number;
  maxDeliveryCount: number;
  /** Rejects with the signal's reason as soon as it aborts. */
  sleep: (ms: number, signal: AbortSignal) => Promise<unknown>;
}): CompletedRequests {
  const latest = new Map<string, { readonly of: string; readonly settled: Settled }>();

  const delayBefore = (deliveryCount: number): number => {
    const share = budgetMs / 2 ** Math.max(0, maxDeliveryCount - deliveryCount);
    return Math.min(budgetMs, Math.max(SHORTEST_DELAY_MS, share));
  };

  return {
    async find(message, signal) {
      if (message.deliveryCount === 1) latest.delete(message.sessionId);
      const entry = latest.get(message.sessionId);
      if (!entry || entry.of !== idOf(message)) return undefined;
      await sleep(delayBefore(message.deliveryCount), signal);
      return entry.settled;
    },

    keep(message, settled) {
      latest.delete(message.sessionId);
      latest.set(message.sessionId, { of: idOf(message), settled });
      const [oldest] = latest.keys();
      if (latest.size > CAPACITY && oldest !== undefined) latest.delete(oldest);
    },
  };
}

/** A message id may be missing or used twice, and a sequence number is not exact beyond 2^53. */
function idOf({ sequenceNumber, messageId, received }: Message): string {
  return JSON.stringify([sequenceNumber, messageId, received]);
}
