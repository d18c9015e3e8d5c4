/** Why an attempt has to be made again. */
export type Failure = {
  readonly code: string;
  readonly message: string;
  readonly statusCode?: number | undefined;
};

/** What one attempt led to: done for good, or worth another attempt. */
export type Attempt<T> =
  | { readonly done: T }
  | {
      readonly tryAgain: Failure;
      /** How long the other side asked to wait, in milliseconds. */
      readonly retryAfterMs?: number;
      /** Every other call has to wait as well; this is the error of those that only waited. */
      readonly throttled?: Failure;
    };

/**
 * What all attempts together led to: done, given up with the last error when the budget was spent, or ended because
 * the next attempt could only be made too late.
 */
export type Retried<T> = { readonly done: T } | { readonly gaveUp: Failure } | { readonly tooLate: true };

export type RetryOptions = {
  /** What is left of the budget, in milliseconds. Default: all of it. */
  readonly budgetMs?: number;
  /** Ends the waiting and trying; the promise rejects with its reason. */
  readonly signal?: AbortSignal;
  /** Whether an attempt still makes sense so many milliseconds from now. Default: it always does. */
  readonly isUsefulIn?: (ms: number) => boolean;
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
  type Wait = { readonly until: number; readonly because: Failure };
  const waits = new Map<string, Wait>();
  let throttle: Wait | undefined;

  const longestWait = (key: string): Wait | undefined => {
    const own = waits.get(key);
    return own && throttle ? (own.until >= throttle.until ? own : throttle) : (own ?? throttle);
  };

  const backoff = (attempts: number): number =>
    Math.min(LONGEST_DELAY_MS, SHORTEST_DELAY_MS * 2 ** (attempts - 1)) * (0.5 + random() / 2);

  return async (key, attempt, { budgetMs: leftMs = budgetMs, signal, isUsefulIn = () => true } = {}) => {
    const deadline = now() + leftMs;
    for (let attempts = 0; ; ) {
      signal?.throwIfAborted();
      const wait = longestWait(key);
      const waitMs = Math.max(0, (wait?.until ?? 0) - now());
      if (!isUsefulIn(waitMs)) return { tooLate: true };
      if (wait && waitMs > 0) {
        await sleep(Math.max(0, Math.min(waitMs, deadline - now())), signal);
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
