/** The work was told to stop because newer work under the same key is waiting. */
export class SupersededError extends Error {
  override readonly name = 'SupersededError';
}

export type PreemptiveMutex = {
  /**
   * Runs `work` alone under its key. The signal aborts as soon as newer work wants the same key; that work starts
   * when this one has ended.
   */
  runExclusive<T>(key: string, work: (signal: AbortSignal) => Promise<T>): Promise<T>;
};

/**
 * One piece of work per key at a time, and the newest wins. The broker's session lock already allows one delivery at
 * a time; this mutex holds when that lock was lost in the middle of a delivery, so that a late retry never undoes a
 * later request.
 */
export function createPreemptiveMutex(): PreemptiveMutex {
  const newest = new Map<string, { readonly stop: AbortController; readonly ended: Promise<unknown> }>();

  return {
    async runExclusive(key, work) {
      const previous = newest.get(key);
      previous?.stop.abort(new SupersededError('Another delivery for the same partner has begun.'));
      const stop = new AbortController();
      const result = (async () => {
        await previous?.ended;
        return await work(stop.signal);
      })();
      const holder = { stop, ended: result.catch(() => {}) };
      newest.set(key, holder);
      try {
        return await result;
      } finally {
        if (newest.get(key) === holder) newest.delete(key);
      }
    },
  };
}
