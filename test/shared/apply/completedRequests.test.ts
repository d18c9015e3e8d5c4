import { expect, it } from 'vitest';
import { type CompletedRequest, createCompletedRequests } from '../../../shared/apply/completedRequests.ts';
import { planDeliveries } from '../../../shared/apply/deliveries.ts';
import { sleep } from '../../../shared/kit/sleep.ts';
import { aMessage } from '../../helpers/factories.ts';

const completed: CompletedRequest = {
  outcome: 'failed',
  error: { code: 'x', message: 'No.' },
  attempts: 3,
  clientRequestId: 'c-1',
  startedAt: 1,
  completedAt: 2,
};
const { signal } = new AbortController();
const deliveries = planDeliveries({ maxDeliveryCount: 10, budgetMs: 240_000 });

/** What is remembered, the waits of a recall in milliseconds, and a recall that nobody stops. */
function aMemory() {
  const waits: number[] = [];
  const requests = createCompletedRequests({
    deliveries,
    sleep: async (ms) => {
      waits.push(ms);
    },
  });
  const recall = (message: ReturnType<typeof aDelivery>) => requests.waitAndRecall(message, signal);
  return { waits, recall, remember: requests.remember };
}

const aDelivery = (
  deliveryCount: number,
  sequenceNumber: number | undefined = 7,
  messageId = 'm-1',
  properties: Record<string, unknown> = {},
) => aMessage(properties, { deliveryCount, sequenceNumber, messageId });

it('a message that comes back gets its outcome, after the wait of that delivery', async () => {
  const { recall, remember, waits } = aMemory();
  remember(aDelivery(7), completed);
  for (const count of [8, 9, 10]) expect(await recall(aDelivery(count))).toBe(completed);
  expect(waits).toEqual([60_000, 120_000, 240_000]);
});

it('another message gets nothing, even if it shares the message id, the sequence number or both', async () => {
  const { recall, remember, waits } = aMemory();
  remember(aDelivery(1), completed);
  expect(await recall(aDelivery(2, 8))).toBeUndefined();
  expect(await recall(aDelivery(2, 7, 'm-2'))).toBeUndefined();
  expect(await recall(aDelivery(2, 7, 'm-1', { enableConnection: false }))).toBeUndefined();
  expect(waits).toEqual([]);
});

it('a first delivery gets nothing, and from then on nobody does', async () => {
  const { recall, remember } = aMemory();
  remember(aDelivery(1), completed);
  expect(await recall(aDelivery(1))).toBeUndefined();
  expect(await recall(aDelivery(2))).toBeUndefined();
});

it('the wait ends with the reason for which it was stopped', async () => {
  const { waitAndRecall, remember } = createCompletedRequests({ deliveries, sleep });
  remember(aDelivery(1), completed);
  const stopped = AbortSignal.abort(new Error('stop'));
  await expect(waitAndRecall(aDelivery(10), stopped)).rejects.toThrow('stop');
});

it('remembers the latest thousand sessions, of which one that is used again counts as new', async () => {
  const { recall, remember } = aMemory();
  const inSession = (n: number, deliveryCount: number) =>
    aMessage({}, { sessionId: `s-${n}`, sequenceNumber: n + 1, deliveryCount });
  for (let n = 0; n < 1_000; n++) remember(inSession(n, 1), completed);
  remember(inSession(0, 1), completed);
  expect(await recall(inSession(1, 2))).toBe(completed);
  remember(inSession(1_000, 1), completed);
  expect(await recall(inSession(0, 2))).toBe(completed);
  expect(await recall(inSession(1, 2))).toBeUndefined();
  expect(await recall(inSession(2, 2))).toBe(completed);
});
