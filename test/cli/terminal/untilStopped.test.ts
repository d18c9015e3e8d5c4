import { PassThrough } from 'node:stream';
import type { ReadStream } from 'node:tty';
import { expect, it } from 'vitest';
import { untilStopped } from '../../../cli/terminal/untilStopped.ts';

function aTerminal() {
  const modes: boolean[] = [];
  const input = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (raw: boolean) => modes.push(raw),
  });
  return { input: input as unknown as ReadStream & PassThrough, modes };
}

it.each(['\u0003', '\u0004', 'q', 'abc\u0003'])('stops at %j, and gives the terminal back', async (keys) => {
  const { input, modes } = aTerminal();
  const signal = untilStopped(input);
  const stopped = new Promise((resolve) => signal.addEventListener('abort', resolve));
  input.write('x');
  expect(signal.aborted).toBe(false);
  input.write(keys);
  await stopped;
  expect(modes).toEqual([true, false]);
  expect(input.isPaused()).toBe(true);
});

it('stops at a signal if there is no terminal', async () => {
  const { input, modes } = aTerminal();
  const signal = untilStopped(Object.assign(input, { isTTY: false }) as unknown as ReadStream);
  process.emit('SIGTERM');
  expect(signal.aborted).toBe(true);
  expect(modes).toEqual([]);
});
