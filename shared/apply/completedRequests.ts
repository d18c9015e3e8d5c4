import type { Outcome } from '../contract/outcome.ts';
import type { Message } from '../receive/message.ts';
import type { Deliveries } from './deliveries.ts';

/** How a delivery went. */
export type DeliveryCourse = {
  /** Attempts, those that got no token included. */
  readonly attempts: number;
  /** The `client-request-id` of every call to Graph, which its audit events carry. */
  readonly clientRequestId: string;
  /** When the delivery began and ended, in milliseconds since the epoch. */
  readonly startedAt: number;
  readonly completedAt: number;
};

/** An outcome, and the course of the delivery that led to it. */
export type CompletedRequest = Outcome & DeliveryCourse;

export type CompletedRequests = {
  /**
   * What a message that comes back came to before, after a wait of up to minutes; undefined at once if that is not
   * known here. Rejects with the signal's reason as soon as it aborts.
   */
  waitAndRecall(message: Message, signal: AbortSignal): Promise<CompletedRequest | undefined>;
  remember(message: Message, completed: CompletedRequest): void;
};

/** How many sessions are remembered. */
const CAPACITY = 1_000;

/**
 * Remembers the last outcome of each session. A message that has an outcome and still comes back has a result that
 * did not get through, so it gets the same result again: what was applied is not called expired a moment later.
 */
export function createCompletedRequests({
  deliveries,
  sleep,
}: {
  deliveries: Deliveries;
  /** Rejects with the signal's reason as soon as it aborts. */
  sleep: (ms: number, signal: AbortSignal) => Promise<unknown>;
}): CompletedRequests {
  const latest = new Map<string, { readonly id: string; readonly completed: CompletedRequest }>();

  return {
    async waitAndRecall(message, signal) {
      if (message.deliveryCount === 1) latest.delete(message.sessionId);
      const entry = latest.get(message.sessionId);
      if (!entry || entry.id !== idOf(message)) return undefined;
      await sleep(deliveries.delayBeforeRepeating(message.deliveryCount), signal);
      return entry.completed;
    },

    remember(message, completed) {
      latest.delete(message.sessionId);
      latest.set(message.sessionId, { id: idOf(message), completed });
      const [oldest] = latest.keys();
      if (latest.size > CAPACITY && oldest !== undefined) latest.delete(oldest);
    },
  };
}

/** A message id may be missing or used twice, and a sequence number is not exact beyond 2^53. */
function idOf({ sequenceNumber, messageId, received }: Message): string {
  return JSON.stringify([sequenceNumber, messageId, received]);
}
