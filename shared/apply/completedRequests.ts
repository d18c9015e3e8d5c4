import type { Message } from '../receive/message.ts';
import type { CompletedDelivery } from './deliveryReport.ts';

export type CompletedRequests = {
  /** The outcome that a message already has; undefined if none is known here. */
  recall(message: Message): CompletedDelivery | undefined;
  /** Whether a later message for the same partner has been applied. */
  isOutdated(message: Message): boolean;
  remember(completed: CompletedDelivery): void;
};

/** How many partners are remembered. */
const CAPACITY = 1_000;

/**
 * Remembers the last outcome of each partner, and its newest request that was applied.
 *
 * A message that has an outcome and still comes back has a result that did not get through, so it gets the same
 * result again: what was applied is not called expired a moment later.
 */
export function createCompletedRequests(): CompletedRequests {
  const outcomes = new Map<string, { readonly message: string; readonly completed: CompletedDelivery }>();
  const newestApplied = new Map<string, number>();

  return {
    recall(message) {
      if (message.deliveryCount === 1) return undefined;
      const latest = outcomes.get(message.sessionId);
      return latest?.message === identityOf(message) ? latest.completed : undefined;
    },

    isOutdated({ sessionId, sequenceNumber }) {
      return Number(sequenceNumber) < (newestApplied.get(sessionId) ?? 0);
    },

    remember(completed) {
      const { message, outcome } = completed;
      put(outcomes, message.sessionId, { message: identityOf(message), completed });
      if (outcome === 'applied' && message.sequenceNumber !== undefined) {
        put(newestApplied, message.sessionId, Number(message.sequenceNumber));
      }
    },
  };
}

/** What makes a message: its id may be missing or used twice, and a sequence number is not exact beyond 2^53. */
export function identityOf({ sequenceNumber, messageId, received }: Message): string {
  return JSON.stringify([sequenceNumber, messageId, received]);
}

/** Makes the entry the newest; the oldest gives way. */
function put<T>(entries: Map<string, T>, key: string, value: T): void {
  entries.delete(key);
  entries.set(key, value);
  const [oldest] = entries.keys();
  if (entries.size > CAPACITY && oldest !== undefined) entries.delete(oldest);
}
