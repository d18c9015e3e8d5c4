import type { ServiceBusSessionReceiver } from '@azure/service-bus';

const RETRY_MS = 1_000;

/**
 * Keeps the lock on a session while there is use for it. The client's own renewal counts from when the session was
 * accepted, so it would lose a session that stays busy; here every message starts the time anew.
 */
export class SessionLock {
  readonly #receiver: ServiceBusSessionReceiver;
  readonly #maxRenewalMs: number;
  #renewUntil = 0;
  #timer: NodeJS.Timeout | undefined;
  #released = false;

  constructor(receiver: ServiceBusSessionReceiver, maxRenewalMs: number) {
    this.#receiver = receiver;
    this.#maxRenewalMs = maxRenewalMs;
    this.extend();
  }

  /** A message has come, or the session has: renew for the full duration from now. */
  extend(): void {
    this.#renewUntil = Date.now() + this.#maxRenewalMs;
    if (!this.#timer) this.#schedule(this.#untilRenewal());
  }

  release(): void {
    this.#released = true;
    clearTimeout(this.#timer);
  }

  #untilRenewal(): number {
    const remaining = this.#receiver.sessionLockedUntilUtc.getTime() - Date.now();
    return Math.max(RETRY_MS / 4, remaining - Math.min(10_000, remaining / 2));
  }

  #schedule(delayMs: number): void {
    if (this.#released) return;
    this.#timer = setTimeout(() => void this.#renew(), delayMs);
  }

  async #renew(): Promise<void> {
    this.#timer = undefined;
    if (Date.now() > this.#renewUntil) return;
    try {
      await this.#receiver.renewSessionLock();
      this.#schedule(this.#untilRenewal());
    } catch {
      // A lock that is lost shows when the message is settled; until it runs out, another attempt may succeed.
      if (this.#receiver.sessionLockedUntilUtc.getTime() > Date.now()) this.#schedule(RETRY_MS);
    }
  }
}
