import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createApply } from '../../shared/apply.ts';
import type { Graph } from '../../shared/graph.ts';
import { createRetry } from '../../shared/retry.ts';
import { createSettledRequests } from '../../shared/settled.ts';
import { createTurns } from '../../shared/turns.ts';
import { aMessage, partnerId } from '../helpers/factories.ts';

const broken: Graph = {
  async authorize() {
    throw new TypeError('a bug');
  },
  async setEnableConnection() {
    throw new TypeError('a bug');
  },
};
const apply = createApply({
  graph: broken,
  retry: createRetry({ budgetMs: 1, sleep: async () => {} }),
  takeTurn: createTurns(),
  settledRequests: createSettledRequests({ budgetMs: 1, sleep: async () => {} }),
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

describe('a request that is settled', () => {
  const applied = { outcome: 'applied', partner: { id: partnerId, enableConnection: true } } as const;

  function anApply(setEnableConnection: Graph['setEnableConnection']) {
    return createApply({
      graph: { authorize: async () => ({ token: 't' }), setEnableConnection },
      retry: createRetry({ budgetMs: 10, sleep: async () => {} }),
      takeTurn: createTurns(),
      settledRequests: createSettledRequests({ budgetMs: 1, sleep: async () => {} }),
      maxDeliveryCount: 3,
    });
  }
  const call = { url: 'https://graph.microsoft.com/x', startedAt: 0, durationMs: 1, clientRequestId: 'x' };

  it('and comes back gets the same outcome without another call, also after validUntil', async () => {
    let calls = 0;
    const apply = anApply(async () => {
      calls++;
      return { answer: { settled: applied }, call };
    });
    const properties = { validUntil: new Date(Date.now() + 50).toISOString() };
    const first = await apply(aMessage(properties, { sequenceNumber: 1 }));
    await sleep(60);
    const again = await apply(aMessage(properties, { sequenceNumber: 1, deliveryCount: 2 }));
    expect(again).toMatchObject({ ...applied, completedAt: first.completedAt, calls: [], attempts: 0 });
    expect(calls).toBe(1);
  });

  it('on its last delivery is answered as failed when another delivery takes over', async () => {
    let release = (): void => undefined;
    const apply = anApply(
      () =>
        new Promise((resolve) => {
          release = () => resolve({ answer: { tryAgain: { code: 'x', message: 'No.' } }, call });
        }),
    );
    const last = apply(aMessage({}, { deliveryCount: 3 }));
    await sleep(5);
    const next = apply(aMessage({}, { messageId: 'm-2', deliveryCount: 3 }));
    release();
    expect(await last).toMatchObject({ outcome: 'failed', error: { code: 'superseded' } });
    await sleep(5);
    release();
    await next;
  });
});
