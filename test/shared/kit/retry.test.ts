import { describe, expect, it } from 'vitest';
import { type Attempt, createRetry } from '../../../shared/kit/retry.ts';

/** A clock that only sleeping moves, so that every wait is exact. */
function aRetry(budgetMs = 240_000, random = 1) {
  const clock = { now: 0, slept: [] as number[] };
  const retry = createRetry({
    budgetMs,
    now: () => clock.now,
    random: () => random,
    sleep: async (ms) => {
      clock.slept.push(ms);
      clock.now += ms;
    },
  });
  return { clock, retry };
}

const error = { code: 'http503', message: 'Graph responded with 503' };
const throttled = { code: 'throttled', message: 'Another request was throttled.' };
/** Attempts are useful for so many milliseconds from now on. */
const untilIn = (clock: { readonly now: number }, usefulForMs: number) => {
  const end = clock.now + usefulForMs;
  return (ms: number) => clock.now + ms < end;
};
const inTurn =
  (...attempts: Attempt<string>[]) =>
  async () =>
    attempts.shift() ?? { tryAgain: error };

describe('retrying', () => {
  it('waits exponentially longer, up to 30 s', async () => {
    const { clock, retry } = aRetry();
    const failures = Array.from({ length: 7 }, () => ({ tryAgain: error }));
    expect(await retry('a', inTurn(...failures, { done: 'ok' }))).toEqual({ done: 'ok' });
    expect(clock.slept).toEqual([1000, 2000, 4000, 8000, 16000, 30000, 30000]);
  });

  it('waits at least half of that at random, and never longer than the whole', async () => {
    const { clock, retry } = aRetry(240_000, 0);
    await retry('a', inTurn({ tryAgain: error }, { tryAgain: error }, { done: 'ok' }));
    expect(clock.slept).toEqual([500, 1000]);
  });

  it('waits the full time that the other side asks for', async () => {
    const { clock, retry } = aRetry();
    await retry('a', inTurn({ tryAgain: error, retryAfterMs: 90_000 }, { done: 'ok' }));
    expect(clock.slept).toEqual([90_000]);
  });

  it('gives up with the last error when the budget is spent, and never before', async () => {
    const { clock, retry } = aRetry(10_000);
    expect(await retry('a', inTurn())).toEqual({ gaveUp: error });
    expect(clock.now).toBe(10_000);
  });

  it('starts the next round with the wait that is still owed', async () => {
    const { clock, retry } = aRetry(10_000);
    await retry('a', inTurn({ tryAgain: error, retryAfterMs: 25_000 }));
    expect(await retry('a', inTurn({ done: 'too early' }))).toEqual({ gaveUp: error });
    expect(await retry('a', inTurn({ done: 'ok' }))).toEqual({ done: 'ok' });
    expect(clock.now).toBe(25_000);
  });

  it('begins no wait after which an attempt is useless', async () => {
    const { clock, retry } = aRetry(240_000, 1);
    const twice = [{ tryAgain: error }, { tryAgain: error }] as const;
    expect(
      await retry('a', inTurn(...twice, { done: 'too late' }), { isUsefulIn: untilIn(clock, 3_000) }),
    ).toEqual({
      tooLate: true,
    });
    expect(clock.slept).toEqual([1_000]);
    expect(await retry('b', inTurn(...twice, { done: 'ok' }), { isUsefulIn: untilIn(clock, 3_001) })).toEqual(
      {
        done: 'ok',
      },
    );
  });

  it('makes no attempt if that is useless once the throttle of another call, or a wait that is owed, is over', async () => {
    const { clock, retry } = aRetry(10_000);
    await retry('a', inTurn({ tryAgain: error, retryAfterMs: 60_000, throttled }));
    const { now } = clock;
    for (const key of ['a', 'b']) {
      expect(await retry(key, inTurn({ done: 'too early' }), { isUsefulIn: untilIn(clock, 50_000) })).toEqual(
        {
          tooLate: true,
        },
      );
    }
    expect(clock.now).toBe(now);
    expect(await retry('b', inTurn({ done: 'too early' }), { isUsefulIn: untilIn(clock, 50_001) })).toEqual({
      gaveUp: throttled,
    });
  });

  it('makes no attempt that is useless from the start', async () => {
    const { retry } = aRetry();
    expect(await retry('a', inTurn({ done: 'too late' }), { isUsefulIn: () => false })).toEqual({
      tooLate: true,
    });
  });

  it('keeps to what is left of the budget, and makes one attempt even with nothing left', async () => {
    const { clock, retry } = aRetry(10_000);
    expect(await retry('a', inTurn({ done: 'ok' }), { budgetMs: 0 })).toEqual({ done: 'ok' });
    expect(await retry('b', inTurn(), { budgetMs: 2_500 })).toEqual({ gaveUp: error });
    expect(clock.now).toBe(2_500);
  });

  it('ends at once when it is told to, waiting or not', async () => {
    const stop = new AbortController();
    const retry = createRetry({
      budgetMs: 240_000,
      sleep: async (_, signal) => {
        stop.abort(new Error('stop'));
        signal?.throwIfAborted();
      },
    });
    await expect(retry('a', inTurn({ tryAgain: error }), { signal: stop.signal })).rejects.toThrow('stop');
    await expect(retry('b', inTurn({ done: 'ok' }), { signal: stop.signal })).rejects.toThrow('stop');
  });

  it('lets one throttled call hold up the calls of every key, and any other failure only its own', async () => {
    const { clock, retry } = aRetry(10_000);
    await retry('a', inTurn({ tryAgain: error, retryAfterMs: 15_000 }));
    await retry('b', inTurn({ done: 'ok' }));
    expect(clock.now).toBe(10_000);
    await retry('c', inTurn({ tryAgain: error, retryAfterMs: 15_000, throttled }));
    await retry('b', inTurn({ done: 'ok' }));
    expect(clock.now).toBe(25_000);
  });

  it('waits out the longer of its own wait and the throttle, whichever came first', async () => {
    const { clock, retry } = aRetry(5_000);
    await retry('a', inTurn({ tryAgain: error, retryAfterMs: 8_000 }));
    await retry('b', inTurn({ tryAgain: error, retryAfterMs: 20_000, throttled }));
    expect(clock.now).toBe(10_000);
    // What a owed itself is over, and the throttle is not.
    expect(await retry('a', inTurn({ done: 'too early' }))).toEqual({ gaveUp: throttled });
    expect(await retry('a', inTurn({ done: 'too early' }))).toEqual({ gaveUp: throttled });
    expect(await retry('a', inTurn({ done: 'too early' }))).toEqual({ gaveUp: throttled });
    expect(clock.now).toBe(25_000);
    expect(await retry('a', inTurn({ done: 'ok' }))).toEqual({ done: 'ok' });
  });

  it('keeps to a throttle although a later one is shorter', async () => {
    const { clock, retry } = aRetry(1_000);
    // Both calls are on their way before either is throttled.
    const long = retry('a', inTurn({ tryAgain: error, retryAfterMs: 30_000, throttled }));
    const short = retry('b', inTurn({ tryAgain: error, retryAfterMs: 2_000, throttled }));
    await Promise.all([long, short]);
    clock.now = 29_999;
    expect(await retry('c', inTurn({ done: 'c' }))).toEqual({ done: 'c' });
    expect(clock.now).toBe(30_000);
  });

  it('tells those that only waited for another one so, and not what the other one was told', async () => {
    const { retry } = aRetry(10_000);
    const own = await retry('a', inTurn({ tryAgain: error, retryAfterMs: 60_000, throttled }));
    expect(own).toEqual({ gaveUp: error });
    expect(await retry('b', inTurn({ done: 'too early' }))).toEqual({ gaveUp: throttled });
  });

  it('does not sleep a negative time if an attempt ends after the budget', async () => {
    const { clock, retry } = aRetry(1_000);
    const slow = async (): Promise<Attempt<string>> => {
      clock.now += 5_000;
      return { tryAgain: error };
    };
    expect(await retry('a', slow)).toEqual({ gaveUp: error });
    expect(clock.slept.every((ms) => ms >= 0)).toBe(true);
  });
});
