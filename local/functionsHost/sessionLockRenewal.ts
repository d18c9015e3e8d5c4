import type { ServiceBusSessionReceiver } from '@azure/service-bus';

const RETRY_MS = 1_000;
/** How long before a lock runs out it is renewed, at most; with a shorter lock, after half of its time. */
const RENEW_AHEAD_MS = 10_000;

/** Keeps the lock on a session. */
export type SessionLockRenewal = {
  /** A message has come: renew for the full duration from now on. */
  extend(): void;
  /** The session is given back: renew no more. */
  stop(): void;
};

/**
 * Keeps the lock on a session for as long as messages keep coming. The client's own renewal counts from when the
 * session was accepted, so it would lose a session that stays busy; here every message starts the time anew.
 *
 * @param maxRenewalMs how long the lock is renewed after the last message
 */
export function startSessionLockRenewal(
  receiver: Pick<ServiceBusSessionReceiver, 'sessionLockedUntilUtc' | 'renewSessionLock'>,
  maxRenewalMs: number,
): SessionLockRenewal {
  let renewUntil = 0;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  const timeLeft = () => receiver.sessionLockedUntilUtc.getTime() - Date.now();
  const untilRenewal = () => {
    const left = timeLeft();
    return Math.max(RETRY_MS / 4, left - Math.min(RENEW_AHEAD_MS, left / 2));
  };

  function schedule(delayMs: number): void {
    if (!stopped) timer = setTimeout(() => void renew(), delayMs);
  }

  async function renew(): Promise<void> {
    timer = undefined;
    if (Date.now() > renewUntil) return;
    try {
      await receiver.renewSessionLock();
      schedule(untilRenewal());
    } catch {
      // A lock that is lost shows when the message is settled; until it runs out, another attempt may succeed.
      if (timeLeft() > 0) schedule(RETRY_MS);
    }
  }

  function extend(): void {
    renewUntil = Date.now() + maxRenewalMs;
    if (!timer) schedule(untilRenewal());
  }

  extend();
  return {
    extend,
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
