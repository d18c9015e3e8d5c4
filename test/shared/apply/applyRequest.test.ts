import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createApplyRequest } from '../../../shared/apply/applyRequest.ts';
import { createCompletedRequests } from '../../../shared/apply/completedRequests.ts';
import { planDeliveries } from '../../../shared/apply/deliveries.ts';
import { createPartnerLock } from '../../../shared/apply/partnerLock.ts';
import type { Graph, GraphAttempt } from '../../../shared/graph/graph.ts';
import { createRetry } from '../../../shared/kit/retry.ts';
import { aCall, aMessage, partnerId } from '../../helpers/factories.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const other = '00000000-0000-4000-8000-000000000000';
const applied = { outcome: 'applied', partner: { id: partnerId, enableConnection: true } } as const;
const success: GraphAttempt = { result: { done: applied }, calls: [aCall()] };
const busy: GraphAttempt = { result: { tryAgain: { code: 'x', message: 'No.' } }, calls: [aCall()] };

/** Applies requests with the real parts, of which only Graph and the waiting are replaced. */
function anApplyRequest(
  setEnableConnection: Graph['setEnableConnection'],
  {
    maxDeliveryCount = 3,
    budgetMs = 60_000,
    sleep,
  }: {
    maxDeliveryCount?: number;
    budgetMs?: number;
    /** Default: every wait is over at once. */
    sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
  } = {},
) {
  const clock = { now: 0, slept: [] as number[] };
  const skip = async (ms: number) => {
    clock.slept.push(ms);
    clock.now += ms;
  };
  const deliveries = planDeliveries({ maxDeliveryCount, budgetMs });
  const applyRequest = createApplyRequest({
    graph: { prepare: async () => {}, setEnableConnection, readPartner: async () => success },
    retry: createRetry({ budgetMs, now: () => clock.now, sleep: sleep ?? skip }),
    lock: createPartnerLock(),
    completedRequests: createCompletedRequests(),
    deliveries,
    budgetMs,
    rules: {},
    sleep: sleep ?? skip,
    now: () => clock.now,
  });
  return { applyRequest, clock };
}

const aDelivery = (deliveryCount: number, properties = {}) =>
  aMessage(properties, { sequenceNumber: 1, deliveryCount });
const inAMinute = () => new Date(Date.now() + 60_000).toISOString();

it('a wait that Graph asked for is owed by every request for that partner, and by no other', async () => {
  const wait: GraphAttempt = {
    result: { tryAgain: { code: 'http503', message: 'No.' }, retryAfterMs: 90_000 },
    calls: [aCall({ statusCode: 503 })],
  };
  const attempts = [wait, success, success];
  const { applyRequest, clock } = anApplyRequest(async () => attempts.shift() ?? success);
  expect(await applyRequest(aDelivery(1))).toMatchObject({ outcome: 'redelivery' });
  expect(clock.now).toBe(60_000);
  await applyRequest(aMessage({ externalPartnerId: other }, { sessionId: other, sequenceNumber: 2 }));
  expect(clock.now).toBe(60_000);
  await applyRequest(aMessage({}, { messageId: 'm-3', sequenceNumber: 3 }));
  expect(clock.now).toBe(90_000);
});

describe('a bug in the app', () => {
  const { applyRequest } = anApplyRequest(async () => {
    throw new TypeError('a bug');
  });

  it('leads to another delivery while there is one', async () => {
    expect(await applyRequest(aDelivery(1))).toMatchObject({
      outcome: 'redelivery',
      error: { code: 'internalError', message: 'This app failed unexpectedly: TypeError: a bug' },
    });
  });

  it('ends as failed on the last delivery that may try', async () => {
    expect(await applyRequest(aDelivery(2))).toMatchObject({
      outcome: 'failed',
      error: { code: 'internalError' },
    });
  });
});

describe('a request that has an outcome', () => {
  it('and comes back gets the same outcome without another call, also after validUntil', async () => {
    let calls = 0;
    const { applyRequest } = anApplyRequest(async () => {
      calls++;
      return success;
    });
    const properties = { validUntil: inAMinute() };
    const first = await applyRequest(aDelivery(1, properties));
    vi.setSystemTime(Date.now() + 120_000);
    const again = await applyRequest(aDelivery(2, properties));
    const { attempts, clientRequestId, startedAt, completedAt } = first;
    expect(again).toMatchObject({ ...applied, attempts, clientRequestId, startedAt, completedAt, calls: [] });
    expect(again.message.deliveryCount).toBe(2);
    expect(calls).toBe(1);
  });

  it('of failed leaves deliveries for its result to get through, and gets the same result in each', async () => {
    const { applyRequest } = anApplyRequest(async () => busy);
    expect(await applyRequest(aDelivery(1))).toMatchObject({ outcome: 'redelivery', error: { code: 'x' } });
    const failed = await applyRequest(aDelivery(2));
    expect(failed).toMatchObject({ outcome: 'failed', error: { code: 'x' } });
    const { startedAt, completedAt } = failed;
    expect(await applyRequest(aDelivery(3))).toMatchObject({
      outcome: 'failed',
      error: { code: 'x' },
      startedAt,
      completedAt,
      calls: [],
    });
  });
});

describe('a request that expires', () => {
  const past = { validUntil: '2020-01-01T00:00:00Z' };
  const advice = { unclear: 'may have been applied, so look at the partner first', clear: 'send it again' };
  const errorOf = (report: object) => (report as { error?: { message: string } }).error?.message;

  it('before its first delivery was certainly not applied, and is not tried', async () => {
    const report = await anApplyRequest(async () => success).applyRequest(aDelivery(1, past));
    expect(report).toMatchObject({ outcome: 'rejected', error: { code: 'expired' }, attempts: 0 });
    expect(errorOf(report)).toContain(advice.clear);
  });

  it('at the very instant at which it is delivered is not tried', async () => {
    const validUntil = new Date(Date.now()).toISOString();
    const report = await anApplyRequest(async () => success).applyRequest(aDelivery(1, { validUntil }));
    expect(report).toMatchObject({ outcome: 'rejected', error: { code: 'expired' }, attempts: 0 });
  });

  it('before a later delivery may have been applied in an earlier one', async () => {
    const report = await anApplyRequest(async () => success).applyRequest(aDelivery(2, past));
    expect(errorOf(report)).toContain(advice.unclear);
  });

  it('while Graph throttles another request ends at once, without an attempt', async () => {
    const tryAgain = { code: 'http429', message: 'Wait.' };
    const slowDown: GraphAttempt = {
      result: { tryAgain, retryAfterMs: 3_600_000, throttled: { ...tryAgain, code: 'throttled' } },
      calls: [aCall({ statusCode: 429 })],
    };
    let attempts = 0;
    const { applyRequest, clock } = anApplyRequest(async () => {
      attempts++;
      return slowDown;
    });
    await applyRequest(aMessage({ externalPartnerId: other }, { sessionId: other }));
    const { now } = clock;
    const report = await applyRequest(aDelivery(1, { validUntil: inAMinute() }));
    expect(report).toMatchObject({ outcome: 'rejected', error: { code: 'expired' }, attempts: 0, calls: [] });
    expect(errorOf(report)).toContain(advice.clear);
    const later = await applyRequest(
      aMessage({ validUntil: inAMinute() }, { sequenceNumber: 2, deliveryCount: 2 }),
    );
    expect(errorOf(later)).toContain(advice.unclear);
    expect([clock.now, attempts]).toEqual([now, 1]);
  });

  it('before its own wait is over ends at once, and may have been applied by the attempt before', async () => {
    const wait: GraphAttempt = {
      result: { tryAgain: { code: 'http503', message: 'No.' }, retryAfterMs: 60_000 },
      calls: [aCall({ statusCode: 503 })],
    };
    const { applyRequest, clock } = anApplyRequest(async () => wait);
    const report = await applyRequest(aDelivery(1, { validUntil: inAMinute() }));
    expect(report).toMatchObject({ outcome: 'rejected', error: { code: 'expired' }, attempts: 1 });
    expect(errorOf(report)).toContain(advice.unclear);
    expect(clock.slept).toEqual([]);
  });

  it('while it gets its token was not applied in this delivery', async () => {
    const expires = async (): Promise<GraphAttempt> => ({ result: { done: 'withheld' }, calls: [] });
    const report = await anApplyRequest(expires).applyRequest(aDelivery(1, { validUntil: inAMinute() }));
    expect(report).toMatchObject({ outcome: 'rejected', error: { code: 'expired' }, attempts: 1 });
    expect(errorOf(report)).toContain(advice.clear);
  });

  it('after an attempt with no clear response may have been applied by it', async () => {
    const attempts = [busy, { result: { done: 'withheld' }, calls: [] } satisfies GraphAttempt];
    const inTurn = async () => attempts.shift() ?? busy;
    const { applyRequest } = anApplyRequest(inTurn);
    const report = await applyRequest(aDelivery(1, { validUntil: inAMinute() }));
    expect(report).toMatchObject({ outcome: 'rejected', attempts: 2, calls: [aCall()] });
    expect(errorOf(report)).toContain(advice.unclear);
  });
});

describe('a delivery that is taken over', () => {
  it('and yet ends well gives its outcome to the one that took over, also after validUntil', async () => {
    const arrived = Promise.withResolvers<void>();
    const response = Promise.withResolvers<void>();
    let calls = 0;
    const { applyRequest } = anApplyRequest(async () => {
      calls++;
      arrived.resolve();
      await response.promise;
      return success;
    });
    const properties = { validUntil: inAMinute() };
    const first = applyRequest(aDelivery(1, properties));
    await arrived.promise;
    const second = applyRequest(aDelivery(2, properties));
    vi.setSystemTime(Date.now() + 120_000);
    response.resolve();
    expect(await first).toMatchObject({ outcome: 'applied' });
    expect(await second).toMatchObject({ outcome: 'applied' });
    expect(calls).toBe(1);
  });

  it('before its call makes none, and leaves the message to the newer one', async () => {
    const begun = Promise.withResolvers<void>();
    const token = Promise.withResolvers<void>();
    let calls = 0;
    const { applyRequest } = anApplyRequest(async (_, { mayLeave }) => {
      begun.resolve();
      await token.promise;
      mayLeave();
      calls++;
      return success;
    });
    const first = applyRequest(aDelivery(1));
    await begun.promise;
    const second = applyRequest(aDelivery(2));
    token.resolve();
    expect(await first).toMatchObject({ outcome: 'redelivery', error: { code: 'takenOver' } });
    expect(await second).toMatchObject({ outcome: 'applied' });
    expect(calls).toBe(1);
  });

  it('while it waits to repeat a result leaves the message to the newer one, and both know the outcome', async () => {
    const waiting = Promise.withResolvers<AbortSignal>();
    let waits = 0;
    const { applyRequest } = anApplyRequest(async () => success, {
      sleep: async (_, signal) => {
        if (++waits > 1 || !signal) return;
        waiting.resolve(signal);
        await once(signal, 'abort');
        signal.throwIfAborted();
      },
    });
    expect(await applyRequest(aDelivery(1))).toMatchObject({ outcome: 'applied' });
    const second = applyRequest(aDelivery(2));
    expect((await waiting.promise).aborted).toBe(false);
    const third = applyRequest(aDelivery(3));
    expect(await second).toMatchObject({ outcome: 'redelivery', error: { code: 'takenOver' } });
    expect(await third).toMatchObject({ outcome: 'applied' });
  });
});

describe('a message of the same partner from another session', () => {
  const inSession = (sequenceNumber: number, deliveryCount: number, properties: object = {}) =>
    aMessage({ ...properties }, { messageId: `m-${sequenceNumber}`, sequenceNumber, deliveryCount });

  /** Graph that is busy until it is told otherwise. */
  function aGraph() {
    const states: boolean[] = [];
    const called = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    const { applyRequest } = anApplyRequest(async ({ enableConnection }) => {
      called.resolve();
      await released.promise;
      states.push(enableConnection);
      return success;
    });
    return { applyRequest, states, called: called.promise, release: released.resolve };
  }

  it('waits its turn, and stops nothing', async () => {
    const { applyRequest, states, called, release } = aGraph();
    const first = applyRequest(inSession(1, 1));
    await called;
    const second = applyRequest(inSession(2, 1, { enableConnection: false }));
    release();
    expect(await first).toMatchObject({ outcome: 'applied' });
    expect(await second).toMatchObject({ outcome: 'applied' });
    expect(states).toEqual([true, false]);
  });

  it('is not applied any more once a later one was', async () => {
    const { applyRequest, states, release } = aGraph();
    release();
    await applyRequest(inSession(2, 1, { enableConnection: false }));
    expect(await applyRequest(inSession(1, 2))).toMatchObject({
      outcome: 'rejected',
      error: { code: 'superseded', message: expect.stringContaining('later request') },
      attempts: 0,
    });
    expect(states).toEqual([false]);
  });

  it('that is not eligible does not wait, and stops nobody', async () => {
    const { applyRequest, called, release } = aGraph();
    const first = applyRequest(inSession(1, 1));
    await called;
    for (const properties of [
      { enableConnection: 'no' },
      { validUntil: '2020-01-01T00:00:00Z' },
      { externalPartnerId: other },
    ]) {
      const junk = await applyRequest(inSession(2, 1, properties));
      expect(junk).toMatchObject({ outcome: 'rejected', attempts: 0 });
    }
    release();
    expect(await first).toMatchObject({ outcome: 'applied' });
  });

  it('waits for the budget of a delivery at most, and no longer in all', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { applyRequest, called, release } = aGraph();
    const first = applyRequest(inSession(1, 1));
    await called;
    const [second, third] = [applyRequest(inSession(2, 1)), applyRequest(inSession(3, 2))];
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await second).toMatchObject({ outcome: 'redelivery', error: { code: 'partnerBusy' } });
    expect(await third).toMatchObject({ outcome: 'failed', error: { code: 'partnerBusy' } });
    release();
    expect(await first).toMatchObject({ outcome: 'applied' });
  });
});

it('a refusal whose result did not get through waits before it is repeated', async () => {
  const { applyRequest, clock } = anApplyRequest(async () => success, { maxDeliveryCount: 10 });
  const refused = { outcome: 'rejected', error: { code: 'invalidRequest' } };
  expect(await applyRequest(aDelivery(1, { enableConnection: 'no' }))).toMatchObject(refused);
  expect(clock.slept).toEqual([]);
  expect(await applyRequest(aDelivery(9, { enableConnection: 'no' }))).toMatchObject(refused);
  expect(clock.slept).toEqual([30_000]);
});
