import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createPendingPatches } from '../../../shared/graph/pendingPatches.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Whether a promise has resolved by now. */
function watch(promise: Promise<unknown>) {
  const state = { resolved: false };
  void promise.then(() => {
    state.resolved = true;
  });
  return async () => {
    await vi.advanceTimersByTimeAsync(0);
    return state.resolved;
  };
}

describe('pending PATCHes', () => {
  it('are none at first', async () => {
    expect(await watch(createPendingPatches().none())()).toBe(true);
  });

  it('are none once each is on the wire, and that is told once', async () => {
    const onNone = vi.fn();
    const patches = createPendingPatches(onNone);
    const [first, second] = [patches.add(), patches.add()];
    const isNone = watch(patches.none());
    first();
    first();
    expect(await isNone()).toBe(false);
    expect(onNone).not.toHaveBeenCalled();
    second();
    expect(await isNone()).toBe(true);
    second();
    expect(onNone).toHaveBeenCalledTimes(1);
  });

  it('hold up what waits for them for 1 s at most', async () => {
    const patches = createPendingPatches();
    patches.add();
    const isNone = watch(patches.none());
    await vi.advanceTimersByTimeAsync(999);
    expect(await isNone()).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await isNone()).toBe(true);
  });
});
