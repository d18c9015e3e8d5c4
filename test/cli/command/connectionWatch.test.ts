import { expect, it } from 'vitest';
import { watchConnection } from '../../../cli/command/connectionWatch.ts';
import { UnreachableError } from '../../../cli/command/errors.ts';
import { hearNotes } from '../../helpers/notes.ts';

const never = () => new Promise<never>(() => {});

it('gives up on a peer that never speaks, and says before what it waits for', async () => {
  const said = hearNotes();
  const watch = watchConnection('name.example', { noticeMs: 1, timeoutMs: 100 });
  const outcome = watch(never);
  await expect(outcome).rejects.toThrow(UnreachableError);
  await expect(outcome).rejects.toThrow('Cannot reach name.example: no response within 0.1 s.');
  expect(said).toEqual(['Connecting to name.example …']);
});

it('does not hurry what comes after the first success', async () => {
  const watch = watchConnection('name.example', { timeoutMs: 50 });
  expect(await watch(async () => 1)).toBe(1);
  const slow = () => new Promise((resolve) => setTimeout(() => resolve(2), 150));
  expect(await watch(slow)).toBe(2);
});

it('passes on what an operation rejects with', async () => {
  const watch = watchConnection('name.example');
  await expect(watch(() => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
});
