import type { OutcomeError } from './outcome.ts';

/** What one attempt came to: settled for good, or worth another try. */
export type Attempt<T> =
  | { readonly settled: T }
  | {
      readonly tryAgain: OutcomeError;
      /** How long to wait at least, in milliseconds, where the other side said so. */
      readonly retryAfterMs?: number;
      /** Every other call has to wait as well, not only this one; what those give as the reason. */
      readonly throttled?: OutcomeError;
    };

/** All attempts together: settled, or given up when the budget was spent. */
export type Retried<T> = { readonly settled: T } | { readonly gaveUp: OutcomeError };

export type Retry = <T>(
  key: string,
  attempt: () => Promise<Attempt<T>>,
  /** Ends the waiting and trying; the promise rejects with its reason. */
  signal?: AbortSignal,
) => Promise<Retried<T>>;

const SHORTEST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 30_000;

/**
 * Tries until an attempt settles or the budget is spent, waiting between attempts: exponentially longer with
 * jitter (1 s to 30 s), or the full time the other side asked for. What is still owed of a wait when the budget
 * ends is kept per key, so that the next round with that key, a redelivery, starts by waiting out the rest.
 *
 * @param budgetMs waiting and trying in one round, in milliseconds; the last attempt may end after it
 */
export function createRetry({
  budgetMs,
  now = () => performance.now(),
  sleep,
  random = Math.random,
}: {
  budgetMs: number;
  /** Milliseconds of a clock that nobody sets. */
  now?: () => number;
  /** Rejects with the signal's reason as soon as it aborts. */
  sleep: (ms: number, signal?: AbortSignal) => Promise<unknown>;
  random?: () => number;
}): Retry {
  type Wait = { until: number; because: OutcomeError };
  const owed = new Map<string, Wait>();
  let throttled: Wait | undefined;

  const longestWait = (key: string): Wait | undefined => {
    const own = owed.get(key);
    return own && throttled ? (own.until >= throttled.until ? own : throttled) : (own ?? throttled);
  };

  return async (key, attempt, signal) => {
    const deadline = now() + budgetMs;
    for (let attempts = 0; ; ) {
      signal?.throwIfAborted();
      const wait = longestWait(key);
      if (wait && wait.until > now()) {
        const ms = Math.max(0, Math.min(wait.until, deadline) - now());
        await sleep(ms, signal);
        if (now() >= deadline) return { gaveUp: wait.because };
        continue;
      }
      owed.delete(key);
      const result = await attempt();
      attempts++;
      if ('settled' in result) return result;
      const backoff =
        Math.min(LONGEST_DELAY_MS, SHORTEST_DELAY_MS * 2 ** (attempts - 1)) * (0.5 + random() / 2);
      const until = now() + Math.max(backoff, result.retryAfterMs ?? 0);
      owed.set(key, { until, because: result.tryAgain });
      if (result.throttled && until > (throttled?.until ?? 0))
        throttled = { until, because: result.throttled };
    }
  };
}
