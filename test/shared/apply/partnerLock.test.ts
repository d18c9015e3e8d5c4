import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, expect, it, vi } from 'vitest';
import { createPartnerLock, PartnerBusyError, TakenOverError } from '../../../shared/apply/partnerLock.ts';

afterEach(() => {
  vi.useRealTimers();
});

/** Work that goes on until it is told to end, and notes what happens to it. */
function someWork(name: string, steps: string[]) {
  const end = Promise.withResolvers<void>();
  return {
    end: end.resolve,
    run: async (signal: AbortSignal) => {
      steps.push(`${name} begins`);
      signal.addEventListener('abort', () => steps.push(`${name} is told to stop`));
      await end.promise;
      steps.push(`${name} ends`);
      signal.throwIfAborted();
      return name;
    },
  };
}

const forMessage = (message: string, waitMs = 60_000) => ({ message, waitMs });

it('work for one partner never overlaps, and goes in order of arrival', async () => {
  const { runExclusive } = createPartnerLock();
  const steps: string[] = [];
  const first = someWork('first', steps);
  const second = someWork('second', steps);
  const third = someWork('third', steps);
  const results = Promise.all([
    runExclusive('a', forMessage('m-1'), first.run),
    runExclusive('a', forMessage('m-2'), second.run),
    runExclusive('a', forMessage('m-3'), third.run),
  ]);
  for (const work of [third, second, first]) {
    work.end();
    await nextTurn();
  }
  expect(await results).toEqual(['first', 'second', 'third']);
  expect(steps).toEqual([
    'first begins',
    'first ends',
    'second begins',
    'second ends',
    'third begins',
    'third ends',
  ]);
});

it('only a newer delivery of the same message stops work, running or waiting', async () => {
  const { runExclusive, isInHand } = createPartnerLock();
  const steps: string[] = [];
  const first = someWork('first', steps);
  const waiting = someWork('waiting', steps);
  const last = someWork('last', steps);
  const results = Promise.allSettled([
    runExclusive('a', forMessage('m-1'), first.run),
    runExclusive('a', forMessage('m-2'), waiting.run),
    runExclusive('a', forMessage('m-2'), last.run),
  ]);
  await nextTurn();
  expect(steps).toEqual(['first begins']);
  expect([isInHand('a', 'm-1'), isInHand('a', 'm-2'), isInHand('a', 'm-3'), isInHand('b', 'm-1')]).toEqual([
    true,
    true,
    false,
    false,
  ]);
  const again = runExclusive('a', forMessage('m-1'), async () => 'again');
  await nextTurn();
  expect(steps).toEqual(['first begins', 'first is told to stop']);
  for (const work of [first, waiting, last]) work.end();
  const [one, two, three] = await results;
  expect(one).toMatchObject({ status: 'rejected', reason: expect.any(TakenOverError) });
  expect(two).toMatchObject({ status: 'rejected', reason: expect.any(TakenOverError) });
  expect(three).toEqual({ status: 'fulfilled', value: 'last' });
  expect(await again).toBe('again');
  expect(steps.slice(2)).toEqual(['first ends', 'last begins', 'last ends']);
  await nextTurn();
  expect(isInHand('a', 'm-1')).toBe(false);
});

it('work that waited too long ends, and those behind it still wait for what is ahead', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { runExclusive } = createPartnerLock();
  const steps: string[] = [];
  const first = someWork('first', steps);
  const third = someWork('third', steps);
  const running = runExclusive('a', forMessage('m-1'), first.run);
  const impatient = expect(
    runExclusive('a', forMessage('m-2', 1_000), async () => steps.push('impatient begins')),
  ).rejects.toBeInstanceOf(PartnerBusyError);
  const patient = runExclusive('a', forMessage('m-3'), third.run);
  await vi.advanceTimersByTimeAsync(1_000);
  await impatient;
  expect(steps).toEqual(['first begins']);
  first.end();
  third.end();
  expect([await running, await patient]).toEqual(['first', 'third']);
});

it('work for other partners passes by, and a partner is free again after a failure', async () => {
  const { runExclusive } = createPartnerLock();
  const held = someWork('held', []);
  const holding = runExclusive('a', forMessage('m-1'), held.run);
  expect(await runExclusive('b', forMessage('m-1'), async () => 'b')).toBe('b');
  held.end();
  await holding;
  const failing = runExclusive('a', forMessage('m-1'), async () => {
    throw new Error('failed');
  });
  await expect(failing).rejects.toThrow('failed');
  expect(await runExclusive('a', forMessage('m-1'), async () => 'again')).toBe('again');
});

it('what work holds on to has to end before other work begins', async () => {
  const { runExclusive } = createPartnerLock();
  const steps: string[] = [];
  const held = Promise.withResolvers<void>();
  const first = runExclusive('a', forMessage('m-1'), async (_, hold) => {
    hold(held.promise);
    return 'first';
  });
  expect(await first).toBe('first');
  const second = runExclusive('a', forMessage('m-2'), async () => steps.push('second begins'));
  await nextTurn();
  expect(steps).toEqual([]);
  held.resolve();
  await second;
  expect(steps).toEqual(['second begins']);
});
