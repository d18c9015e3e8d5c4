import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, expect, it, vi } from 'vitest';
import { createPendingPatches } from '../../shared/pendingPatches.ts';

afterEach(() => {
  vi.useRealTimers();
});

/** Tells whether a promise is fulfilled by now. */
async function isFulfilled(promise: Promise<unknown>): Promise<boolean> {
  return Promise.race([promise.then(() => true), nextTurn(false)]);
}

it('without a PATCH there is nothing to wait for', async () => {
  const { none } = createPendingPatches();
  expect(await isFulfilled(none())).toBe(true);
});

it('those who wait go on once the last of the PATCHes is on the wire, and each of them counts once', async () => {
  const onNone = vi.fn();
  const { add, none } = createPendingPatches(onNone);
  const [first, second] = [add(), add()];
  const waits = [none(), none()];
  first();
  first();
  expect(await isFulfilled(Promise.race(waits))).toBe(false);
  expect(onNone).not.toHaveBeenCalled();
  second();
  await Promise.all(waits);
  second();
  expect(onNone).toHaveBeenCalledTimes(1);
  add()();
  expect(onNone).toHaveBeenCalledTimes(2);
});

it('nobody waits longer than a second', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { add, none } = createPendingPatches();
  add();
  const waited = none();
  vi.advanceTimersByTime(999);
  expect(await isFulfilled(waited)).toBe(false);
  vi.advanceTimersByTime(1);
  await waited;
});
