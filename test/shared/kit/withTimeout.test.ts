import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { withTimeout } from '../../../shared/kit/withTimeout.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

it('work that is done in time counts, and nothing is left waiting', async () => {
  expect(await withTimeout(Promise.resolve('done'), 1_000, 'too late')).toBe('done');
  await expect(withTimeout(Promise.reject(new Error('failed')), 1_000, 'too late')).rejects.toThrow('failed');
  expect(vi.getTimerCount()).toBe(0);
});

it('work that takes longer is not waited for', async () => {
  const waiting = withTimeout(new Promise(() => {}), 1_000, 'too late');
  const ended = vi.fn();
  waiting.catch(ended);
  await vi.advanceTimersByTimeAsync(999);
  expect(ended).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  await expect(waiting).rejects.toThrow('too late');
});
