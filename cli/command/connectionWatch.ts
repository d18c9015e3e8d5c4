import { withTimeout } from '../../shared/kit/withTimeout.ts';
import { note } from '../terminal/print.ts';
import { UnreachableError } from './errors.ts';

export type ConnectionWatchOptions = {
  /** What to do if it cannot be reached. */
  readonly hint?: string;
  /** After how long it says what it waits for. */
  readonly noticeMs?: number;
  /** After how long it gives up. */
  readonly timeoutMs?: number;
};

export type ConnectionWatch = <T>(operation: () => Promise<T>) => Promise<T>;

/**
 * Gives up on a connection on which nothing has succeeded yet. The client library waits for minutes, and without a
 * word, if a peer accepts a connection and never speaks.
 *
 * @returns runs an operation; rejects with an {@link UnreachableError} if it is the first and takes too long
 */
export function watchConnection(
  host: string,
  {
    hint = 'Check the name and your network.',
    noticeMs = 2_000,
    timeoutMs = 20_000,
  }: ConnectionWatchOptions = {},
): ConnectionWatch {
  const late = new UnreachableError(
    `Cannot reach ${host}: no response within ${timeoutMs / 1000} s. ${hint}`,
  );
  let isConnected = false;
  return async (operation) => {
    if (isConnected) return operation();
    const notice = setTimeout(() => note(`Connecting to ${host} …`), noticeMs);
    try {
      const result = await withTimeout(operation(), timeoutMs, late);
      isConnected = true;
      return result;
    } finally {
      clearTimeout(notice);
    }
  };
}
