import { describe, expect, it } from 'vitest';
import { planDeliveries } from '../../../shared/apply/deliveries.ts';

const counts = (maxDeliveryCount: number) =>
  Array.from({ length: maxDeliveryCount }, (_, index) => index + 1);

describe('the deliveries of a message', () => {
  it.each([
    [1, 1],
    [2, 2],
    [3, 2],
    [10, 7],
  ])(
    'of %i, %i may try: a third, rounded down, is kept for the result',
    (maxDeliveryCount, lastThatTries) => {
      const { mayTryAfter } = planDeliveries({ maxDeliveryCount, budgetMs: 1 });
      expect(counts(maxDeliveryCount).filter((count) => !mayTryAfter(count))).toEqual(
        counts(maxDeliveryCount).slice(lastThatTries - 1),
      );
    },
  );

  it('that repeat a result wait twice as long each time, up to the budget in the last', () => {
    const { delayBeforeRepeating } = planDeliveries({ maxDeliveryCount: 10, budgetMs: 240_000 });
    expect([2, 3, 4, 5, 6, 7, 8, 9, 10].map(delayBeforeRepeating)).toEqual([
      1_000, 1_875, 3_750, 7_500, 15_000, 30_000, 60_000, 120_000, 240_000,
    ]);
  });

  it('never wait longer than the budget', () => {
    const { delayBeforeRepeating } = planDeliveries({ maxDeliveryCount: 10, budgetMs: 500 });
    expect([2, 9, 10, 12].map(delayBeforeRepeating)).toEqual([500, 500, 500, 500]);
  });
});
