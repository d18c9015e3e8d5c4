import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { startSessionLockRenewal } from '../../../local/functionsHost/sessionLockRenewal.ts';

const LOCK_MS = 60_000;
const MAX_RENEWAL_MS = 300_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A session whose lock lasts for a minute; `renewal` says what comes of an attempt to renew it. */
function aSession(renewal: () => Promise<void> = async () => undefined) {
  const session = {
    sessionLockedUntilUtc: new Date(Date.now() + LOCK_MS),
    attempts: 0,
    async renewSessionLock() {
      session.attempts += 1;
      await renewal();
      session.sessionLockedUntilUtc = new Date(Date.now() + LOCK_MS);
      return session.sessionLockedUntilUtc;
    },
    isLocked: () => session.sessionLockedUntilUtc.getTime() > Date.now(),
  };
  return session;
}

it('renews the lock before it runs out, for the full duration and not much longer', async () => {
  const session = aSession();
  startSessionLockRenewal(session, MAX_RENEWAL_MS);
  for (let elapsed = 0; elapsed < MAX_RENEWAL_MS; elapsed += 1_000) {
    expect(session.isLocked()).toBe(true);
    await vi.advanceTimersByTimeAsync(1_000);
  }
  await vi.advanceTimersByTimeAsync(2 * LOCK_MS);
  expect(session.isLocked()).toBe(false);
});

it('starts the time anew with every message, also after it had ended', async () => {
  const session = aSession();
  const renewal = startSessionLockRenewal(session, LOCK_MS);
  // One renewal at 50 s, and none when the next one is due at 100 s.
  await vi.advanceTimersByTimeAsync(105_000);
  expect(session.attempts).toBe(1);
  renewal.extend();
  await vi.advanceTimersByTimeAsync(LOCK_MS - 1_000);
  expect(session.isLocked()).toBe(true);
});

it('tries again while the lock lasts, and gives up when it is lost', async () => {
  const session = aSession(() => Promise.reject(new Error('no connection')));
  startSessionLockRenewal(session, MAX_RENEWAL_MS);
  await vi.advanceTimersByTimeAsync(LOCK_MS);
  const { attempts } = session;
  expect(attempts).toBeGreaterThan(2);
  await vi.advanceTimersByTimeAsync(LOCK_MS);
  expect(session.attempts).toBeLessThanOrEqual(attempts + 1);
});

it('renews no more once it is stopped', async () => {
  const session = aSession();
  const renewal = startSessionLockRenewal(session, MAX_RENEWAL_MS);
  renewal.stop();
  renewal.extend();
  await vi.advanceTimersByTimeAsync(MAX_RENEWAL_MS);
  expect(session.attempts).toBe(0);
});
