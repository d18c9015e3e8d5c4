import { setTimeout as sleep } from 'node:timers/promises';

/** Waits between attempts that fail one after the other. */
export type Backoff = {
  /** Whether the last attempt failed. */
  readonly isFailing: boolean;
  /** The last attempt succeeded. */
  reset(): void;
  /** Waits: 100 ms after the first failure, doubling up to 5 s, with jitter. Ends at once if the signal is aborted. */
  wait(signal: AbortSignal): Promise<void>;
};

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5_000;

export function createBackoff(): Backoff {
  let failures = 0;
  return {
    get isFailing() {
      return failures > 0;
    },
    reset() {
      failures = 0;
    },
    async wait(signal) {
      const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(failures, 10));
      failures += 1;
      await sleep(waitMs * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => {});
    },
  };
}
