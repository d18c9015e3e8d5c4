import { expect, it } from 'vitest';
import { createCompletedRequests, type Settled } from '../../shared/completedRequests.ts';
import { sleep } from '../../shared/sleep.ts';
import { aMessage } from '../helpers/factories.ts';

const settled: Settled = {
  outcome: 'failed',
  error: { code: 'x', message: 'No.' },
  attempts: 3,
  clientRequestId: 'c-1',
  startedAt: 1,
  completedAt: 2,
};
const { signal } = new AbortController();

function settledRequests(budgetMs = 240_000) {
  const slept: number[] = [];
  const sleep = async (ms: number, stop: AbortSignal) => {
    stop.throwIfAborted();
    slept.push(ms);
  };
  const requests = createCompletedRequests({ budgetMs, maxDeliveryCount: 10, sleep });
  return {
    slept,
    ...requests,
    find: (message: ReturnType<typeof delivery>) => requests.find(message, signal),
  };
}

const delivery = (
  deliveryCount: number,
  sequenceNumber: number | undefined = 7,
  messageId = 'm-1',
  properties: Record<string, unknown> = {},
) => aMessage(properties, { deliveryCount, sequenceNumber, messageId });

it('a message that comes back finds its outcome, after a wait that doubles up to the budget in the last delivery', async () => {
  const { find, keep, slept } = settledRequests();
  keep(delivery(1), settled);
  for (let count = 2; count <= 10; count++) expect(await find(delivery(count))).toBe(settled);
  expect(slept).toEqual([1_000, 1_875, 3_750, 7_500, 15_000, 30_000, 60_000, 120_000, 240_000]);
});

it('a request that failed late still has long waits left', async () => {
  const { find, keep, slept } = settledRequests();
  keep(delivery(7), settled);
  for (const count of [8, 9, 10]) expect(await find(delivery(count))).toBe(settled);
  expect(slept).toEqual([60_000, 120_000, 240_000]);
});

it('no wait is longer than the budget', async () => {
  const { find, keep, slept } = settledRequests(500);
  keep(delivery(1), settled);
  await find(delivery(2));
  await find(delivery(12));
  expect(slept).toEqual([500, 500]);
});

it('another message finds nothing, even where it shares the message id, the sequence number or both', async () => {
  const { find, keep, slept } = settledRequests();
  keep(delivery(1), settled);
  expect(await find(delivery(2, 8))).toBeUndefined();
  expect(await find(delivery(2, 7, 'm-2'))).toBeUndefined();
  expect(await find(delivery(2, 7, 'm-1', { enableConnection: false }))).toBeUndefined();
  expect(slept).toEqual([]);
});

it('a first delivery finds nothing, and from then on nobody does', async () => {
  const { find, keep } = settledRequests();
  keep(delivery(1), settled);
  expect(await find(delivery(1))).toBeUndefined();
  expect(await find(delivery(2))).toBeUndefined();
});

it('the wait ends where it is told to, and says why', async () => {
  const { find, keep } = createCompletedRequests({
    budgetMs: 60_000,
    maxDeliveryCount: 10,
    sleep,
  });
  keep(delivery(1), settled);
  await expect(find(delivery(10), AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop');
});

it('remembers a bounded number of sessions, the latest', async () => {
  const { find, keep } = settledRequests();
  const inSession = (n: number, deliveryCount: number) =>
    aMessage({}, { sessionId: `s-${n}`, sequenceNumber: n + 1, deliveryCount });
  for (let n = 0; n <= 1_000; n++) keep(inSession(n, 1), settled);
  expect(await find(inSession(0, 2))).toBeUndefined();
  expect(await find(inSession(1, 2))).toBe(settled);
});
