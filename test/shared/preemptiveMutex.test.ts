import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createPreemptiveMutex, SupersededError } from '../../shared/preemptiveMutex.ts';

it('work under one key never overlaps, and what runs is told to stop when the next one comes', async () => {
  const takeTurn = createPreemptiveMutex();
  const steps: string[] = [];
  const work = (name: string) => async (signal: AbortSignal) => {
    steps.push(`${name} begins`);
    await sleep(name === 'first' ? 60_000 : 0, undefined, { signal }).catch(() => {});
    await sleep(5);
    steps.push(`${name} ends`);
    signal.throwIfAborted();
    return name;
  };
  const first = takeTurn('a', work('first'));
  const second = takeTurn('a', work('second'));
  await expect(first).rejects.toBeInstanceOf(SupersededError);
  expect(await second).toBe('second');
  expect(steps).toEqual(['first begins', 'first ends', 'second begins', 'second ends']);
});

it('work under other keys passes by, and a key is free again after a failure', async () => {
  const takeTurn = createPreemptiveMutex();
  let release = () => {};
  const held = takeTurn(
    'a',
    () =>
      new Promise<void>((resolve) => {
        release = resolve;
      }),
  );
  expect(await takeTurn('b', async () => 'b')).toBe('b');
  release();
  await held;
  await expect(
    takeTurn('a', async () => {
      throw new Error('failed');
    }),
  ).rejects.toThrow('failed');
  expect(await takeTurn('a', async () => 'again')).toBe('again');
});
