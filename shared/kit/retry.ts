import type { ResultError } from '../contract/resultSchema.ts';

/** What one attempt led to: done for good, or worth another attempt. */
export type Attempt<T> =
  | { readonly done: T }
  | {
      readonly tryAgain: ResultError;
      /** How long the other side asked to wait, in milliseconds. */
      readonly retryAfterMs?: number;
      /** Every other call has to wait as well; this is the error of those that only waited. */
      readonly throttled?: ResultError;
    };

/**
 * What all attempts together led to: done, given up with the last error when the budget was spent, or ended because
 * the next attempt could only be made too late.
 */
export type Retried<T> = { readonly done: T } | { readonly gaveUp: ResultError } | { readonly tooLate: true };

export type RetryOptions = {
  /** Ends the waiting and trying; the promise rejects with its reason. */
  readonly signal?: AbortSignal;
  /** How long an attempt makes sense from now on, in milliseconds; a longer wait is not begun. Default: no limit. */
  readonly usefulForMs?: number;
};

export type Retry = <T>(
  key: string,
  attempt: () => Promise<Attempt<T>>,
  options?: RetryOptions,
) => Promise<Retried<T>>;

const SHORTEST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 30_000;

/**
 * Tries until an attempt is done or the budget is spent. Waits between attempts: the full time that the other side
 * asked for, or else exponentially longer from 1 s to 30 s, of which jitter takes up to half. The rest of a wait that
 * the budget cuts off is kept per key, so that the next round with that key, a redelivery, starts with it.
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
  /** A monotonic clock, in milliseconds. */
  now?: () => number;
  /** Rejects with the signal's reason as soon as it aborts. */
  sleep: (ms: number, signal?: AbortSignal) => Promise<unknown>;
  random?: () => number;
}): Retry {
  type Wait = { readonly until: number; readonly because: ResultError };
  const waits = new Map<string, Wait>();
  let throttle: Wait | undefined;

  const longestWait = (key: string): Wait | undefined => {
    const own = waits.get(key);
    return own && throttle ? (own.until >= throttle.until ? own : throttle) : (own ?? throttle);
  };

  const backoff = (attempts: number): number =>
    Math.min(LONGEST_DELAY_MS, SHORTEST_DELAY_MS * 2 ** (attempts - 1)) * (0.5 + random() / 2);

  return async (key, attempt, { signal, usefulForMs = Number.POSITIVE_INFINITY } = {}) => {
    const deadline = now() + budgetMs;
    const uselessFrom = now() + usefulForMs;
    for (let attempts = 0; ; ) {
      signal?.throwIfAborted();
      const wait = longestWait(key);
      if (wait && wait.until > now()) {
        if (wait.until >= uselessFrom) return { tooLate: true };
        await sleep(Math.max(0, Math.min(wait.until, deadline) - now()), signal);
        if (now() >= deadline) return { gaveUp: wait.because };
        continue;
      }
      waits.delete(key);
      const result = await attempt();
      attempts++;
      if ('done' in result) return result;
      const until = now() + Math.max(backoff(attempts), result.retryAfterMs ?? 0);
      waits.set(key, { until, because: result.tryAgain });
      if (result.throttled && until > (throttle?.until ?? 0)) throttle = { until, because: result.throttled };
    }
  };
}
