import type { ReadStream } from 'node:tty';

type Terminal = Pick<ReadStream, 'isTTY' | 'setRawMode' | 'on' | 'pause'>;

/** Ctrl-C and Ctrl-D, as a terminal sends them that leaves keys to the program, and q. */
const STOP = ['\u0003', '\u0004', 'q'];

/**
 * Aborts when the person presses Ctrl-C, or somebody ends the process. On a terminal, Ctrl-C is read as a key: as a
 * signal it would end npx with an error as well.
 */
export function untilStopped(input: Terminal = process.stdin): AbortSignal {
  const stop = new AbortController();
  const { signal } = stop;
  process.once('SIGINT', () => stop.abort());
  process.once('SIGTERM', () => stop.abort());
  if (input.isTTY) {
    input.setRawMode(true);
    input.on('data', (keys) => {
      if (STOP.some((key) => String(keys).includes(key))) stop.abort();
    });
    signal.addEventListener('abort', () => {
      input.setRawMode(false);
      input.pause();
    });
  }
  return signal;
}
