import { withTimeout } from '../kit/withTimeout.ts';

/** The work was told to stop because a newer delivery of the same message has begun. */
export class TakenOverError extends Error {
  override readonly name = 'TakenOverError';
}

/** The partner was not free in time. */
export class PartnerBusyError extends Error {
  override readonly name = 'PartnerBusyError';
}

export type PartnerLock = {
  /**
   * Runs `work` alone under its partner, after all that came before. The signal aborts as soon as work for the same
   * message comes again. What `hold` is given has to end as well before others may begin.
   *
   * @throws {PartnerBusyError} if earlier work has not ended within `waitMs` milliseconds
   */
  runExclusive<T>(
    partner: string,
    options: { readonly message: string; readonly waitMs: number },
    work: (signal: AbortSignal, hold: (more: Promise<unknown>) => void) => Promise<T>,
  ): Promise<T>;
  /** Whether work for the message runs or waits. */
  isInHand(partner: string, message: string): boolean;
};

/**
 * One piece of work per partner at a time, in order of arrival. The broker's session lock already sees to that, as
 * long as it is held and as long as one partner has one session: the Functions worker reads metadata as JSON, so
 * several sessions arrive under one name. Only a redelivery stops work, that of its own message.
 */
export function createPartnerLock(): PartnerLock {
  type Holder = {
    readonly message: string;
    readonly stop: AbortController;
    readonly ended: Promise<unknown>;
  };
  const holders = new Map<string, Set<Holder>>();

  return {
    async runExclusive(partner, { message, waitMs }, work) {
      const queue = holders.get(partner) ?? new Set();
      holders.set(partner, queue);
      for (const earlier of queue) {
        if (earlier.message !== message) continue;
        earlier.stop.abort(new TakenOverError('Another delivery of this message has begun.'));
      }
      const ahead = Array.from(queue, ({ ended }) => ended);
      const stop = new AbortController();
      const held: Promise<unknown>[] = [];
      const result = (async () => {
        await waitFor(ahead, waitMs);
        stop.signal.throwIfAborted();
        return await work(stop.signal, (more) => held.push(more));
      })();
      const ended = result
        .catch(() => {})
        .then(() => Promise.allSettled(held))
        .then(() => {
          queue.delete(holder);
          if (queue.size === 0) holders.delete(partner);
        });
      const holder = { message, stop, ended };
      queue.add(holder);
      return result;
    },

    isInHand(partner, message) {
      return Array.from(holders.get(partner) ?? []).some((holder) => holder.message === message);
    },
  };
}

async function waitFor(ahead: readonly Promise<unknown>[], waitMs: number): Promise<void> {
  if (ahead.length === 0) return;
  await withTimeout(Promise.all(ahead), waitMs, '').catch(() => {
    throw new PartnerBusyError('Another request for this partner is still being tried.');
  });
}
