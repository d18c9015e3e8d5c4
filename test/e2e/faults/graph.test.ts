import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  badGatewayHtml,
  badRequest,
  conflict,
  forbidden,
  gatewayTimeout,
  html,
  internalServerError,
  json,
  notFound,
  redirect,
  requestTimeout,
  serviceUnavailable,
  unauthorized,
} from '../../../local/graph/graphFault.ts';
import type { Fault } from '../../../local/http/fault.ts';
import { type App, eventually, startApp } from '../../helpers/app.ts';
import {
  aPartner,
  appliedStates,
  happened,
  isConnected,
  reasonOf,
  resultsOf,
  setFaults,
} from '../../helpers/faults.ts';

const other = '00000000-0000-4000-8000-000000000000';
const noContent: Fault = { kind: 'response', status: 204 };
const partnerJson = (id: string, enableConnection: boolean) => json(200, { id, enableConnection });

const passing: [string, (id: string) => Fault][] = [
  ['500', internalServerError],
  ['502 with HTML', badGatewayHtml],
  ['503', () => serviceUnavailable()],
  ['503 without the documented body', () => json(503, 'null')],
  ['500 with a body of another shape', () => json(500, { error: ['no'] })],
  ['504', () => gatewayTimeout()],
  ['504 for a change that was made', () => gatewayTimeout({ apply: true })],
  ['408', requestTimeout],
  ['409', conflict],
  ['a single 401', unauthorized],
  ['a reset before the response', () => ({ kind: 'resetBeforeApplying' })],
  ['a reset after the change', () => ({ kind: 'resetAfterApplying' })],
  ['a reset in the middle of the response', () => ({ kind: 'resetDuringResponse' })],
  ['no response at all', () => ({ kind: 'hang' })],
  ['no response to a change that was made', () => ({ kind: 'hang', apply: true })],
  ['a body that trickles', () => ({ kind: 'trickle', everyMs: 200, forMs: 5_000 })],
  ['200 with HTML', () => html()],
  ['200 with nothing', () => json(200, '')],
  ['200 with truncated JSON', () => json(200, '{"id":"')],
  ['200 with the opposite state', (id) => partnerJson(id, false)],
  ["200 with another partner's id", () => partnerJson(other, true)],
  ['204', () => noContent],
];

describe('a passing fault of Graph', () => {
  let app: App;
  beforeAll(async () => {
    app = await startApp({ GRAPH_TIMEOUT_SECONDS: '5' });
  });
  afterAll(() => app.stop());

  it.concurrent.each(passing)(
    '%s: Graph ends in the last valid state, in order, and both requests have a result and a record',
    async (_name, fault) => {
      const partner = aPartner(app);
      setFaults(app, partner, fault(partner));
      const enable = await app.send(partner, { enableConnection: true });
      const disable = await app.send(partner, { enableConnection: false });
      expect(await app.resultOf(enable)).toMatchObject({
        outcome: 'applied',
        attempts: 2,
        deliveryCount: 1,
        partner: { id: partner, enableConnection: true },
      });
      expect(await app.resultOf(disable)).toMatchObject({ outcome: 'applied', attempts: 1 });
      expect(appliedStates(app, partner)).toEqual([true, false]);
      expect(isConnected(app, partner)).toBe(false);
      expect([resultsOf(app, enable).length, resultsOf(app, disable).length]).toEqual([1, 1]);
      const { properties, measurements } = await app.eventOf(enable);
      expect(properties.outcome).toBe('applied');
      expect(measurements.attempts).toBe(2);
      const [first, second] = app.patches(partner);
      expect(first?.clientRequestId).toBe(second?.clientRequestId);
    },
  );
});

describe('a 204 of Graph', () => {
  let app: App;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.stop());
  const gets = (partner: string) =>
    app.graph.journal.filter(({ method, path }) => method === 'GET' && path.endsWith(partner));

  it('although the change was made: Graph is asked for the state, and the request is applied at once', async () => {
    const partner = aPartner(app, { kind: 'response', status: 204, apply: true });
    const messageId = await app.send(partner, { enableConnection: true });
    expect(await app.resultOf(messageId)).toMatchObject({
      outcome: 'applied',
      attempts: 1,
      partner: { id: partner, enableConnection: true },
    });
    expect([app.patches(partner).length, gets(partner).length]).toEqual([1, 1]);
  });

  it('without the change: the next attempt makes it', async () => {
    const partner = aPartner(app, { kind: 'response', status: 204 });
    expect(await app.request(partner, { enableConnection: true })).toMatchObject({
      outcome: 'applied',
      attempts: 2,
    });
    expect([app.patches(partner).length, gets(partner).length]).toEqual([2, 1]);
    expect(isConnected(app, partner)).toBe(true);
  });
});

describe('a response of Graph that ends a request', () => {
  let app: App;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.stop());

  const settling: [string, Fault, string, string][] = [
    ['400', badRequest(), 'rejected', 'Graph does not accept this request'],
    ['400 without the documented body', json(400, '<no>'), 'rejected', 'Graph responded with 400: <no>'],
    ['404', notFound(), 'rejected', 'No external partner has this id'],
    ['403', forbidden(), 'failed', 'CloudPC.ReadWrite.All'],
  ];
  it.concurrent.each(settling)(
    '%s: ends at once, after one call, and later requests go on',
    async (_name, fault, outcome, reason) => {
      const partner = aPartner(app, fault);
      const enable = await app.send(partner, { enableConnection: true });
      const disable = await app.send(partner, { enableConnection: false });
      const result = await app.resultOf(enable);
      expect(result).toMatchObject({ outcome, attempts: 1, deliveryCount: 1 });
      expect(reasonOf(result)).toContain(reason);
      expect(await app.resultOf(disable)).toMatchObject({ outcome: 'applied' });
      expect(appliedStates(app, partner)).toEqual([false]);
      expect((await app.eventOf(enable)).properties.outcome).toBe(outcome);
    },
  );

  it('a redirect: is never followed, so that no token gets to another host, and ends failed', async () => {
    const requests = app.ingestion.journal.length;
    const partner = aPartner(app, redirect(`${app.ingestion.url}/stolen`));
    const result = await app.request(partner, { enableConnection: true });
    expect(result).toMatchObject({ outcome: 'failed', attempts: 1, error: { statusCode: 307 } });
    expect(app.ingestion.journal.slice(requests).map(({ path }) => path)).not.toContain('/stolen');
  });

  it('a connectionStatus that nobody knows yet: is passed on in the result and the record', async () => {
    const partner = aPartner(app);
    setFaults(app, partner, json(200, { id: partner, enableConnection: true, connectionStatus: 'resting' }));
    const messageId = await app.send(partner, { enableConnection: true });
    expect(await app.resultOf(messageId)).toMatchObject({
      outcome: 'applied',
      partner: { connectionStatus: 'resting' },
    });
    expect((await app.eventOf(messageId)).properties.connectionStatus).toBe('resting');
  });

  it('a response with a text as long as a message may be: the result still fits into one', async () => {
    const partner = aPartner(app);
    const statusDetails = 'x'.repeat(256_000);
    setFaults(app, partner, json(200, { id: partner, enableConnection: true, statusDetails }));
    const result = await app.request(partner, { enableConnection: true });
    expect(result).toMatchObject({ outcome: 'applied', attempts: 1, deliveryCount: 1 });
  });

  it('a refused connection: is waited out, and then Graph ends in the last valid state', async () => {
    const partner = aPartner(app);
    await app.graph.refuse(true);
    const enable = await app.send(partner, { enableConnection: true });
    const disable = await app.send(partner, { enableConnection: false });
    await eventually(() => happened(app, 'delivered', enable) || undefined, 'the delivery');
    await sleep(2_000);
    expect(resultsOf(app, enable)).toEqual([]);
    await app.graph.refuse(false);
    expect(await app.resultOf(enable)).toMatchObject({ outcome: 'applied', deliveryCount: 1 });
    await app.resultOf(disable);
    expect(appliedStates(app, partner)).toEqual([true, false]);
  });

  it('a wait that would last beyond validUntil: is not begun, and the result says what is uncertain', async () => {
    const partner = aPartner(app, serviceUnavailable('200'));
    const validUntil = new Date(Date.now() + 100_000).toISOString();
    const result = await app.request(partner, { enableConnection: true, validUntil });
    expect(result).toMatchObject({ outcome: 'rejected', error: { code: 'expired' } });
    expect(reasonOf(result)).toContain('look at the partner first');
    expect(app.patches(partner)).toHaveLength(1);
    expect(isConnected(app, partner)).toBe(false);
  });
});

describe('a response that never ends, for 16 requests at once, in a worker with little memory', () => {
  let app: App;
  beforeAll(async () => {
    app = await startApp({ NODE_OPTIONS: '--max-old-space-size=128' });
  });
  afterAll(() => app.stop());

  it.each<[string, Fault, string]>([
    ['a success', { kind: 'endless' }, 'applied'],
    ['an error', { kind: 'endless', status: 400 }, 'rejected'],
  ])('%s: is cut, and each has its result of the first attempt', async (_name, fault, outcome) => {
    const partners = Array.from({ length: 16 }, () => aPartner(app, fault));
    const messageIds = await Promise.all(partners.map((id) => app.send(id, { enableConnection: true })));
    for (const messageId of messageIds) {
      expect(await app.resultOf(messageId)).toMatchObject({ outcome, attempts: 1, deliveryCount: 1 });
    }
  });
});

describe('a fault of Graph that stays', () => {
  let app: App;
  beforeAll(async () => {
    const settings = { RETRY_BUDGET_SECONDS: '1', MAX_DELIVERY_COUNT: '2' };
    app = await startApp(settings, { requestsQueue: { maxDeliveryCount: 2 } });
  });
  afterAll(() => app.stop());

  it.concurrent.each([
    ['401', unauthorized(), 'The token was not accepted'],
    ['503', serviceUnavailable(), 'Graph responded with 503'],
    ['a reset', { kind: 'resetBeforeApplying' } as const, 'broke off its response: ECONNRESET'],
    [
      'the wrong state',
      json(200, { id: other, enableConnection: true }),
      'did not show the partner in the state',
    ],
  ])('%s: ends failed on the last delivery, and later requests go on', async (_name, fault, reason) => {
    const partner = aPartner(app, ...Array.from({ length: 20 }, () => fault));
    const messageId = await app.send(partner, { enableConnection: true });
    const result = await app.resultOf(messageId);
    expect(result).toMatchObject({ outcome: 'failed', deliveryCount: 2 });
    expect(reasonOf(result)).toContain(reason);
    setFaults(app, partner);
    expect(await app.request(partner, { enableConnection: false })).toMatchObject({ outcome: 'applied' });
    expect(appliedStates(app, partner)).toEqual([false]);
    expect(resultsOf(app, messageId)).toHaveLength(1);
  });
});
