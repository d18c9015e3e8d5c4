import type { Message } from './message.ts';
import type { Outcome } from './outcome.ts';

/** An outcome and when it stood, in milliseconds since the epoch. */
export type Settled = { readonly outcome: Outcome; readonly completedAt: number };

export type SettledRequests = {
  /** What a message that comes back had come to, after a wait; undefined where that is not known here. */
  find(message: Message): Promise<Settled | undefined>;
  keep(message: Message, settled: Settled): void;
};

const SHORTEST_DELAY_MS = 1_000;
/** How many sessions are remembered. */
const CAPACITY = 1_000;

/**
 * Remembers the last outcome of each session. A message that was settled and still comes back has an answer that
 * did not get through, so it gets the same answer again: what was applied is not answered as expired a moment
 * later. Each time it waits twice as long before that, so that the deliveries outlast a results queue that refuses.
 *
 * @param budgetMs the longest wait, in milliseconds
 */
export function createSettledRequests({
  budgetMs,
  sleep,
}: {
  budgetMs: number;
  sleep: (ms: number) => Promise<unknown>;
}): SettledRequests {
  type Entry = { readonly of: string; readonly settled: Settled; times: number };
  const latest = new Map<string, Entry>();

  return {
    async find(message) {
      const entry = latest.get(message.sessionId);
      if (!entry || message.deliveryCount === 1 || entry.of !== idOf(message)) return undefined;
      const delayMs = Math.min(budgetMs, SHORTEST_DELAY_MS * 2 ** entry.times);
      entry.times++;
      await sleep(delayMs);
      return entry.settled;
    },

    keep(message, settled) {
      const of = idOf(message);
      if (!of || latest.get(message.sessionId)?.of === of) return;
      latest.delete(message.sessionId);
      latest.set(message.sessionId, { of, settled, times: 0 });
      const [oldest] = latest.keys();
      if (latest.size > CAPACITY && oldest !== undefined) latest.delete(oldest);
    },
  };
}

/** A message id may be used twice; a sequence number alone is not exact beyond 2^53. */
function idOf({ sequenceNumber, messageId }: Message): string | undefined {
  return sequenceNumber && `${sequenceNumber} ${messageId}`;
}
