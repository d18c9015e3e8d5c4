import { setTimeout as sleep } from 'node:timers/promises';
import type { Result } from '../../shared/contract/resultSchema.ts';
import { describeDuration } from '../command/time.ts';
import { readResults } from '../results/readResults.ts';
import type { Namespace } from '../serviceBus/namespace.ts';
import { isTerminal } from '../terminal/print.ts';
import { showProgress } from '../terminal/progress.ts';
import { formatTime } from '../terminal/time.ts';

type WaitOptions = {
  /** How many results are wanted. */
  readonly count: number;
  /** From now on. */
  readonly waitMs: number;
  /** When the time of the requests comes; there is nothing to look for before. */
  readonly at?: Date | undefined;
};

/** As {@link waitForResults}, for one. */
export async function waitForResult(
  namespace: Namespace,
  isWanted: (result: Result) => boolean,
  waitMs: number,
  at?: Date,
): Promise<Result | undefined> {
  const [result] = await waitForResults(namespace, isWanted, { count: 1, waitMs, at });
  return result;
}

/**
 * Waits for results, and shows how long it still may.
 *
 * @param onResult told of each as it comes
 * @returns those that came in time, or before Ctrl-C, each once
 */
export async function waitForResults(
  namespace: Namespace,
  isWanted: (result: Result) => boolean,
  { count, waitMs, at = new Date() }: WaitOptions,
  onResult: (result: Result) => Promise<void> = async () => {},
): Promise<readonly Result[]> {
  const giveUpAt = Date.now() + waitMs;
  const interrupt = new AbortController();
  const onInterrupt = () => interrupt.abort();
  process.once('SIGINT', onInterrupt);
  const stop = AbortSignal.any([AbortSignal.timeout(waitMs), interrupt.signal]);
  const found = new Map<string | undefined, Result>();
  const left = (until: number) => `${describeDuration(until - Date.now())} left`;
  const what = () => (count === 1 ? 'the result' : `${count - found.size} results`);
  const describe = () =>
    Date.now() < at.getTime()
      ? `Waiting for ${formatTime(at)}, ${left(at.getTime())} …`
      : `Waiting for ${what()}, ${left(giveUpAt)} …`;
  let endProgress = showProgress(describe);
  try {
    const early = at.getTime() - Date.now();
    if (early > 0) await sleep(early, undefined, { signal: stop }).catch(() => undefined);
    for await (const result of readResults(namespace, { follow: stop })) {
      if (!isWanted(result) || found.has(result.correlationId)) continue;
      found.set(result.correlationId, result);
      if (isTerminal()) endProgress();
      await onResult(result);
      if (found.size === count) break;
      if (isTerminal()) endProgress = showProgress(describe);
    }
    return [...found.values()];
  } finally {
    endProgress();
    process.removeListener('SIGINT', onInterrupt);
  }
}
