/** What the deliveries of one message are used for, from the first to the last that the broker makes. */
export type Deliveries = {
  /** Whether a delivery after this one may still try to apply the request. */
  mayTryAfter(deliveryCount: number): boolean;
  /** Whether there is a delivery after this one at all. */
  mayComeAgainAfter(deliveryCount: number): boolean;
  /** How long a delivery that only repeats a result waits before it does, in milliseconds. */
  delayBeforeRepeating(deliveryCount: number): number;
};

const SHORTEST_DELAY_MS = 1_000;

/**
 * The last third of the deliveries, rounded down, is kept for a result that does not get through at once. A repeated
 * result waits twice as long in each delivery, up to the budget in the last, so that the deliveries outlast a results
 * topic that refuses for some minutes.
 *
 * @param maxDeliveryCount the requests queue's own
 * @param budgetMs the longest wait in one delivery, in milliseconds
 */
export function planDeliveries({
  maxDeliveryCount,
  budgetMs,
}: {
  maxDeliveryCount: number;
  budgetMs: number;
}): Deliveries {
  const lastThatTries = maxDeliveryCount - Math.floor(maxDeliveryCount / 3);
  return {
    mayTryAfter: (deliveryCount) => deliveryCount < lastThatTries,
    mayComeAgainAfter: (deliveryCount) => deliveryCount < maxDeliveryCount,
    delayBeforeRepeating(deliveryCount) {
      const delayMs = budgetMs / 2 ** (maxDeliveryCount - deliveryCount);
      return Math.min(budgetMs, Math.max(SHORTEST_DELAY_MS, delayMs));
    },
  };
}
