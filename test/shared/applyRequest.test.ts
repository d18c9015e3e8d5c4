import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createApplyRequest } from '../../shared/applyRequest.ts';
import { createCompletedRequests } from '../../shared/completedRequests.ts';
import type { Graph } from '../../shared/graph.ts';
import { createPreemptiveMutex } from '../../shared/preemptiveMutex.ts';
import { createRetry } from '../../shared/retry.ts';
import { sleep } from '../../shared/sleep.ts';
import { aMessage, partnerId } from '../helpers/factories.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const broken: Graph = {
  async authorize() {
    throw new TypeError('a bug');
  },
  async setEnableConnection() {
    throw new TypeError('a bug');
  },
};
const apply = createApplyRequest({
  graph: broken,
  retry: createRetry({ budgetMs: 1, sleep: async () => {} }),
  takeTurn: createPreemptiveMutex(),
  settledRequests: createCompletedRequests({ budgetMs: 1, maxDeliveryCount: 3, sleep: async () => {} }),
  maxDeliveryCount: 3,
});

describe('a bug in the app', () => {
  it('leads to another delivery while there is one', async () => {
    expect(await apply(aMessage())).toMatchObject({
      outcome: 'redelivery',
      error: { code: 'internalError' },
    });
  });

  it('is answered as failed on the last delivery', async () => {
    const result = await apply(aMessage({}, { deliveryCount: 3 }));
    expect(result).toMatchObject({ outcome: 'failed', error: { code: 'internalError' } });
  });
});

const applied = { outcome: 'applied', partner: { id: partnerId, enableConnection: true } } as const;
const call = { url: 'https://graph.microsoft.com/x', startedAt: 0, durationMs: 1, clientRequestId: 'x' };

describe('a request that is settled', () => {
  function anApply(setEnableConnection: Graph['setEnableConnection']) {
    return createApplyRequest({
      graph: { authorize: async () => ({ token: 't' }), setEnableConnection },
      retry: createRetry({ budgetMs: 10, sleep: async () => {} }),
      takeTurn: createPreemptiveMutex(),
      settledRequests: createCompletedRequests({ budgetMs: 1, maxDeliveryCount: 3, sleep: async () => {} }),
      maxDeliveryCount: 3,
    });
  }

  it('and comes back gets the same outcome without another call, also after validUntil', async () => {
    let calls = 0;
    const apply = anApply(async () => {
      calls++;
      return { answer: { settled: applied }, call };
    });
    const properties = { validUntil: new Date(Date.now() + 60_000).toISOString() };
    const first = await apply(aMessage(properties, { sequenceNumber: 1 }));
    vi.setSystemTime(Date.now() + 120_000);
    const again = await apply(aMessage(properties, { sequenceNumber: 1, deliveryCount: 2 }));
    const { attempts, clientRequestId, completedAt } = first;
    expect(again).toMatchObject({ ...applied, attempts, clientRequestId, completedAt, calls: [] });
    expect(calls).toBe(1);
  });

  it('as failed leaves deliveries for its answer to get through, and gets the same answer in each', async () => {
    const apply = anApply(async () => ({ answer: { tryAgain: { code: 'x', message: 'No.' } }, call }));
    const delivery = (deliveryCount: number) => apply(aMessage({}, { sequenceNumber: 1, deliveryCount }));
    expect(await delivery(1)).toMatchObject({ outcome: 'redelivery', error: { code: 'x' } });
    const failed = await delivery(2);
    expect(failed).toMatchObject({ outcome: 'failed', error: { code: 'x' } });
    const { startedAt, completedAt } = failed;
    expect(await delivery(3)).toMatchObject({
      outcome: 'failed',
      error: { code: 'x' },
      startedAt,
      completedAt,
      calls: [],
    });
  });
});

describe('a delivery that is taken over', () => {
  const taken = (graph: Graph) =>
    createApplyRequest({
      graph,
      retry: createRetry({ budgetMs: 10_000, sleep: async () => {} }),
      takeTurn: createPreemptiveMutex(),
      settledRequests: createCompletedRequests({ budgetMs: 1, maxDeliveryCount: 3, sleep: async () => {} }),
      maxDeliveryCount: 3,
    });

  it('and yet ends well gives its outcome to the one that took over, also after validUntil', async () => {
    const arrived = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<void>();
    let calls = 0;
    const apply = taken({
      authorize: async () => ({ token: 't' }),
      async setEnableConnection() {
        calls++;
        arrived.resolve();
        await answer.promise;
        return { answer: { settled: applied }, call };
      },
    });
    const properties = { validUntil: new Date(Date.now() + 60_000).toISOString() };
    const first = apply(aMessage(properties, { sequenceNumber: 1 }));
    await arrived.promise;
    const second = apply(aMessage(properties, { sequenceNumber: 1, deliveryCount: 2 }));
    vi.setSystemTime(Date.now() + 120_000);
    answer.resolve();
    expect(await first).toMatchObject({ outcome: 'applied' });
    expect(await second).toMatchObject({ outcome: 'applied' });
    expect(calls).toBe(1);
  });

  it('while it gets its token makes no call, and leaves the message to the other', async () => {
    const token = Promise.withResolvers<void>();
    let calls = 0;
    const apply = taken({
      async authorize() {
        await token.promise;
        return { token: 't' };
      },
      async setEnableConnection() {
        calls++;
        return { answer: { settled: applied }, call };
      },
    });
    const first = apply(aMessage({}, { sequenceNumber: 1 }));
    const second = apply(aMessage({}, { sequenceNumber: 1, deliveryCount: 2 }));
    token.resolve();
    expect(await first).toMatchObject({ outcome: 'redelivery', error: { code: 'superseded' } });
    expect(await second).toMatchObject({ outcome: 'applied' });
    expect(calls).toBe(1);
  });

  it('while it waits to repeat an answer leaves the message to the other, and both know the outcome', async () => {
    const budgetMs = 2_000;
    const apply = createApplyRequest({
      graph: {
        authorize: async () => ({ token: 't' }),
        setEnableConnection: async () => ({ answer: { settled: applied }, call }),
      },
      retry: createRetry({ budgetMs, sleep }),
      takeTurn: createPreemptiveMutex(),
      settledRequests: createCompletedRequests({ budgetMs, maxDeliveryCount: 10, sleep }),
      maxDeliveryCount: 10,
    });
    const delivery = (deliveryCount: number) => apply(aMessage({}, { sequenceNumber: 1, deliveryCount }));
    expect(await delivery(6)).toMatchObject({ outcome: 'applied' });
    const waiting = delivery(7);
    const next = delivery(8);
    expect(await waiting).toMatchObject({ outcome: 'redelivery', error: { code: 'superseded' } });
    expect(await next).toMatchObject({ outcome: 'applied' });
  });

  it('on its last delivery is answered as failed: the broker has given the message up', async () => {
    const arrived = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<void>();
    const apply = taken({
      authorize: async () => ({ token: 't' }),
      async setEnableConnection() {
        arrived.resolve();
        await answer.promise;
        return { answer: { tryAgain: { code: 'x', message: 'No.' } }, call };
      },
    });
    const last = apply(aMessage({}, { sequenceNumber: 1, deliveryCount: 3 }));
    await arrived.promise;
    const next = apply(aMessage({ enableConnection: 'x' }, { sequenceNumber: 2, messageId: 'm-2' }));
    answer.resolve();
    expect(await last).toMatchObject({ outcome: 'failed', error: { code: 'superseded' } });
    expect(await next).toMatchObject({ outcome: 'rejected' });
  });
});
