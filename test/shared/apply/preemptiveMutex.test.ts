import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createPreemptiveMutex, SupersededError } from '../../../shared/apply/preemptiveMutex.ts';

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

it('work under one key never overlaps, and the newest wins', async () => {
  const { runExclusive } = createPreemptiveMutex();
  const steps: string[] = [];
  const [first, second, third] = [
    someWork('first', steps),
    someWork('second', steps),
    someWork('third', steps),
  ] as const;
  const running = runExclusive('a', first.run);
  await nextTurn();
  const results = Promise.allSettled([running, runExclusive('a', second.run), runExclusive('a', third.run)]);
  third.end();
  await nextTurn();
  first.end();
  await nextTurn();
  second.end();
  const [one, two, three] = await results;
  expect(one).toMatchObject({ status: 'rejected', reason: expect.any(SupersededError) });
  expect(two).toMatchObject({ status: 'rejected', reason: expect.any(SupersededError) });
  expect(three).toEqual({ status: 'fulfilled', value: 'third' });
  expect(steps).toEqual([
    'first begins',
    'first is told to stop',
    'first ends',
    'second begins',
    'second ends',
    'third begins',
    'third ends',
  ]);
});

it('work that ended in the meantime does not open the key to a third while a second holds it', async () => {
  const { runExclusive } = createPreemptiveMutex();
  const steps: string[] = [];
  const [first, second, third] = [
    someWork('first', steps),
    someWork('second', steps),
    someWork('third', steps),
  ] as const;
  const one = runExclusive('a', first.run).catch(() => {});
  const two = runExclusive('a', second.run).catch(() => {});
  first.end();
  await one;
  const three = runExclusive('a', third.run);
  third.end();
  await nextTurn();
  expect(steps.at(-1)).toBe('second is told to stop');
  second.end();
  await Promise.all([two, three]);
  expect(steps.slice(-3)).toEqual(['second ends', 'third begins', 'third ends']);
});

it('work under other keys passes by, and a key is free again after a failure', async () => {
  const { runExclusive } = createPreemptiveMutex();
  const held = someWork('held', []);
  const holding = runExclusive('a', held.run);
  expect(await runExclusive('b', async () => 'b')).toBe('b');
  held.end();
  await holding;
  const failing = runExclusive('a', async () => {
    throw new Error('failed');
  });
  await expect(failing).rejects.toThrow('failed');
  expect(await runExclusive('a', async () => 'again')).toBe('again');
});
