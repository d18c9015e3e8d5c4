import { expect, it } from 'vitest';
import type { Outcome } from '../../shared/outcome.ts';
import { createSettledRequests } from '../../shared/settled.ts';
import { aMessage } from '../helpers/factories.ts';

const outcome: Outcome = { outcome: 'failed', error: { code: 'x', message: 'No.' } };
const settled = { outcome, completedAt: 1 };

function settledRequests(budgetMs = 60_000) {
  const slept: number[] = [];
  return { slept, ...createSettledRequests({ budgetMs, sleep: async (ms) => void slept.push(ms) }) };
}

const delivery = (deliveryCount: number, sequenceNumber: number | undefined = 7, messageId = 'm-1') =>
  aMessage({}, { deliveryCount, sequenceNumber, messageId });

it('a message that comes back finds its outcome, after a wait that doubles up to the budget', async () => {
  const { find, keep, slept } = settledRequests(3_000);
  keep(delivery(1), settled);
  for (const count of [2, 3, 4]) expect(await find(delivery(count))).toBe(settled);
  expect(slept).toEqual([1_000, 2_000, 3_000]);
});

it('keeping the outcome again does not start the waits anew', async () => {
  const { find, keep, slept } = settledRequests();
  keep(delivery(1), settled);
  await find(delivery(2));
  keep(delivery(2), settled);
  await find(delivery(3));
  expect(slept).toEqual([1_000, 2_000]);
});

it('another message finds nothing, even where it has the same message id, and neither does a first delivery', async () => {
  const { find, keep, slept } = settledRequests();
  keep(delivery(1), settled);
  expect(await find(delivery(2, 8))).toBeUndefined();
  expect(await find(delivery(2, 7, 'm-2'))).toBeUndefined();
  expect(await find(delivery(1))).toBeUndefined();
  expect(slept).toEqual([]);
});

it('a message without a sequence number is not taken for another one', async () => {
  const { find, keep } = settledRequests();
  keep(aMessage(), settled);
  expect(await find(aMessage({}, { deliveryCount: 2 }))).toBeUndefined();
});

it('remembers a bounded number of sessions, the latest', async () => {
  const { find, keep } = settledRequests();
  const inSession = (n: number, deliveryCount: number) =>
    aMessage({}, { sessionId: `s-${n}`, sequenceNumber: n + 1, deliveryCount });
  for (let n = 0; n <= 1_000; n++) keep(inSession(n, 1), settled);
  expect(await find(inSession(0, 2))).toBeUndefined();
  expect(await find(inSession(1, 2))).toBe(settled);
});
