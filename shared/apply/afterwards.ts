import { type Attempt, createRetry } from '../kit/retry.ts';
import { tryAgainLater } from './attempts.ts';
import type { Delivery, Limits } from './delivery.ts';

/** Does what follows an outcome and must not change it; resolves to why it could not be done. */
export type Afterwards = (
  delivery: Delivery,
  work: () => Promise<unknown>,
  limits: Limits,
) => Promise<{ readonly problem?: string }>;

/** Longer, and a fault of storage would hold up the next request for the partner, which may be urgent. In milliseconds. */
export const LONGEST_AFTERWARDS_MS = 30_000;

/** Tries for 30 s at most, whether or not Graph throttles the app. */
export function createAfterwards(parts: Omit<Parameters<typeof createRetry>[0], 'budgetMs'>): Afterwards {
  const retry = createRetry({ ...parts, budgetMs: LONGEST_AFTERWARDS_MS });

  return async ({ message }, work, { signal, budgetMs }) => {
    const attempt = async (): Promise<Attempt<true>> => {
      await work();
      return { done: true };
    };
    const retried = await retry(message.sessionId, () => attempt().catch(tryAgainLater), {
      signal,
      budgetMs: Math.min(budgetMs, LONGEST_AFTERWARDS_MS),
    });
    return 'gaveUp' in retried ? { problem: retried.gaveUp.message } : {};
  };
}
