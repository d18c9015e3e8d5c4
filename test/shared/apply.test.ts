import { describe, expect, it } from 'vitest';
import { createApply } from '../../shared/apply.ts';
import type { Graph } from '../../shared/graph.ts';
import { createRetry } from '../../shared/retry.ts';
import { createTurns } from '../../shared/turns.ts';
import { aMessage } from '../helpers/factories.ts';

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
