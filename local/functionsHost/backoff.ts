import { setTimeout as sleep } from 'node:timers/promises';

/** Waits longer after each failure in a row: 100 ms, doubling up to 5 s, with jitter. */
export class Backoff {
  #failures = 0;

  get failures(): number {
    return this.#failures;
  }

  reset(): void {
    this.#failures = 0;
  }

  /** Resolves at once where the signal is aborted. */
  async wait(signal: AbortSignal): Promise<void> {
    const delayMs = Math.min(5_000, 100 * 2 ** Math.min(this.#failures, 10)) * (0.5 + Math.random() / 2);
    this.#failures += 1;
    await sleep(delayMs, undefined, { signal }).catch(() => {});
  }
}
