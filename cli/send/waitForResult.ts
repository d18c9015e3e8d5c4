import { setTimeout as sleep } from 'node:timers/promises';
import type { Result } from '../../shared/contract/resultSchema.ts';
import { describeDuration } from '../command/time.ts';
import { readResults } from '../results/readResults.ts';
import type { Namespace } from '../serviceBus/namespace.ts';
import { showProgress } from '../terminal/progress.ts';

/**
 * Waits for a result, and shows how long it still may.
 *
 * @param waitMs from now on
 * @param at when the request's time comes; there is nothing to look for before
 * @returns undefined if it does not come in time, or at Ctrl-C
 */
export async function waitForResult(
  namespace: Namespace,
  isWanted: (result: Result) => boolean,
  waitMs: number,
  at = new Date(),
): Promise<Result | undefined> {
  const giveUpAt = Date.now() + waitMs;
  const interrupt = new AbortController();
  const onInterrupt = () => interrupt.abort();
  process.once('SIGINT', onInterrupt);
  const stop = AbortSignal.any([AbortSignal.timeout(waitMs), interrupt.signal]);
  const left = (until: number) => `${describeDuration(until - Date.now())} left`;
  const endProgress = showProgress(() =>
    Date.now() < at.getTime()
      ? `Waiting for ${at.toISOString()}, ${left(at.getTime())} …`
      : `Waiting for the result, ${left(giveUpAt)} …`,
  );
  try {
    const early = at.getTime() - Date.now();
    if (early > 0) await sleep(early, undefined, { signal: stop }).catch(() => undefined);
    for await (const result of readResults(namespace, { follow: stop })) if (isWanted(result)) return result;
    return undefined;
  } finally {
    endProgress();
    process.removeListener('SIGINT', onInterrupt);
  }
}
