/** The work was told to stop because a newer one wants its turn. */
export class SupersededError extends Error {
  override readonly name = 'SupersededError';
}

/** Runs `work` under a key; the signal aborts as soon as another piece of work wants the same key. */
export type PreemptiveMutex = <T>(key: string, work: (signal: AbortSignal) => Promise<T>) => Promise<T>;

/**
 * One piece of work per key at a time, and the newcomer wins: what runs is told to stop, and the newcomer starts
 * when it has. The broker's session lock already sees to one delivery at a time; turns hold when that lock was
 * lost in the middle of a delivery, so that a late retry never undoes a later request.
 */
export function createPreemptiveMutex(): PreemptiveMutex {
  const running = new Map<string, { readonly stop: AbortController; readonly over: Promise<unknown> }>();

  return async (key, work) => {
    const stop = new AbortController();
    const previous = running.get(key);
    previous?.stop.abort(new SupersededError('Another delivery for the same partner has begun.'));
    const result = (async () => {
      await previous?.over;
      return await work(stop.signal);
    })();
    const turn = { stop, over: result.catch(() => {}) };
    running.set(key, turn);
    try {
      return await result;
    } finally {
      if (running.get(key) === turn) running.delete(key);
    }
  };
}
