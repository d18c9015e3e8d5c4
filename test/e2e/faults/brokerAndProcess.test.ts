import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serviceUnavailable } from '../../../local/graph/graphFault.ts';
import { always, inOrder, when } from '../../../local/http/fault.ts';
import { type App, eventually, startApp } from '../../helpers/app.ts';
import {
  aPartner,
  appliedStates,
  happened,
  isConnected,
  REQUESTS_QUEUE,
  RESULTS_TOPIC,
  resultsOf,
  setFaults,
} from '../../helpers/faults.ts';

/** The broker gives the session of a worker that vanished to another one once its lock has run out. */
const requestsQueue = { lockDurationSeconds: 2 };

const refusals = (app: App) =>
  app.serviceBus.journal.filter(({ type, queue }) => type === 'refused' && queue === RESULTS_TOPIC).length;
const completed = (app: App, messageId: string) =>
  eventually(() => happened(app, 'completed', messageId) || undefined, `the end of ${messageId}`);

describe('a worker that is killed', () => {
  let app: App;
  beforeAll(async () => {
    app = await startApp({}, { requestsQueue });
  });
  afterAll(() => app.stop());

  async function expectBothAnswered(partner: string, enable: string, disable: string): Promise<void> {
    expect(await app.resultOf(enable)).toMatchObject({ outcome: 'applied', deliveryCount: 2 });
    expect(await app.resultOf(disable)).toMatchObject({ outcome: 'applied', deliveryCount: 1 });
    await completed(app, disable);
    expect(appliedStates(app, partner)).toEqual([true, false]);
    expect(isConnected(app, partner)).toBe(false);
    expect(app.serviceBus.queue(REQUESTS_QUEUE).counts()).toMatchObject({ active: 0, deadLettered: 0 });
  }

  it('before the PATCH: the request is delivered again, applied in order and has its result', async () => {
    await app.stopHost();
    app.identity.fault = always({ kind: 'hang' });
    const requests = app.identity.journal.length;
    await app.startHost();
    const partner = aPartner(app);
    const enable = await app.send(partner, { enableConnection: true });
    const disable = await app.send(partner, { enableConnection: false });
    await eventually(() => app.identity.journal[requests], 'the token request');
    await eventually(() => happened(app, 'delivered', enable) || undefined, 'the delivery');
    await app.killHost();
    expect(app.patches(partner)).toEqual([]);
    app.identity.fault = undefined;
    await app.startHost();
    await expectBothAnswered(partner, enable, disable);
  });

  it('during the PATCH: the request is delivered again, applied in order and has its result', async () => {
    const partner = aPartner(app, { kind: 'hang', apply: true });
    const enable = await app.send(partner, { enableConnection: true });
    const disable = await app.send(partner, { enableConnection: false });
    await eventually(() => app.patches(partner)[0], 'the call');
    await app.killHost();
    await app.startHost();
    await expectBothAnswered(partner, enable, disable);
  });

  it('after the PATCH and before the result: the request is delivered again, applied in order and has its result', async () => {
    app.ingestion.fault = inOrder({ kind: 'hang' });
    const requests = app.ingestion.journal.length;
    const partner = aPartner(app);
    const enable = await app.send(partner, { enableConnection: true });
    const disable = await app.send(partner, { enableConnection: false });
    await eventually(() => app.ingestion.journal[requests], 'the telemetry after the call');
    await app.killHost();
    expect(isConnected(app, partner)).toBe(true);
    expect(resultsOf(app, enable)).toEqual([]);
    await app.startHost();
    await expectBothAnswered(partner, enable, disable);
  });

  it('by the host, as an invocation takes longer than functionTimeout: the request is delivered again and has its result', async () => {
    const impatient = await startApp(
      { AzureFunctionsJobHost__functionTimeout: '00:00:02' },
      { requestsQueue },
    );
    try {
      const partner = aPartner(impatient, { kind: 'hang' });
      const messageId = await impatient.send(partner, { enableConnection: true });
      await eventually(
        () => impatient.logs.join('').includes('Timeout value of 2 s exceeded') || undefined,
        'the timeout',
      );
      await impatient.stopHost();
      await impatient.startHost({ AzureFunctionsJobHost__functionTimeout: '00:10:00' });
      expect(await impatient.resultOf(messageId)).toMatchObject({ outcome: 'applied', deliveryCount: 2 });
      expect(isConnected(impatient, partner)).toBe(true);
    } finally {
      await impatient.stop();
    }
  });
});

describe('a host that is told to end', () => {
  let app: App;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.stop());

  it('by SIGTERM, gives back what it could not finish: applied in the next delivery, with one result each', async () => {
    const partners = Array.from({ length: 4 }, () => aPartner(app, { kind: 'hang' }));
    const messageIds = await Promise.all(partners.map((id) => app.send(id, { enableConnection: true })));
    await eventually(() => partners.every((id) => app.patches(id).length === 1) || undefined, 'all calls');
    await app.shutDownHost({ graceMs: 0 });
    expect(app.results).toEqual([]);
    await app.startHost();
    for (const [index, messageId] of messageIds.entries()) {
      expect(await app.resultOf(messageId)).toMatchObject({ outcome: 'applied', deliveryCount: 2 });
      await completed(app, messageId);
      expect(resultsOf(app, messageId)).toHaveLength(1);
      expect(isConnected(app, partners[index] ?? '')).toBe(true);
    }
    expect(app.serviceBus.queue(REQUESTS_QUEUE).counts()).toMatchObject({ active: 0, deadLettered: 0 });
  });

  it('by a drain, finishes what is in flight: one result each, recorded, and nothing is left behind or applied twice', async () => {
    const partners = Array.from({ length: 8 }, () => aPartner(app, { kind: 'delay', delayMs: 1_000 }));
    const messageIds = await Promise.all(partners.map((id) => app.send(id, { enableConnection: true })));
    await eventually(() => partners.every((id) => app.patches(id).length === 1) || undefined, 'all calls');
    await app.stopHost();
    for (const [index, messageId] of messageIds.entries()) {
      expect(await app.resultOf(messageId)).toMatchObject({ outcome: 'applied', deliveryCount: 1 });
      expect(resultsOf(app, messageId)).toHaveLength(1);
      expect(app.patches(partners[index] ?? '')).toHaveLength(1);
      await app.eventOf(messageId);
    }
    expect(app.serviceBus.queue(REQUESTS_QUEUE).counts()).toMatchObject({ active: 0, deadLettered: 0 });
    await app.startHost();
  });
});

describe('a host that is told to stop while a record waits for the identity', () => {
  let app: App;
  beforeAll(async () => {
    app = await startApp({ APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'Authorization=AAD' });
  });
  afterAll(() => app.stop());

  it('sends that record before it ends', async () => {
    const tokenForTelemetry = inOrder({ kind: 'delay', delayMs: 2_500 });
    app.identity.fault = when(({ path }) => path.includes('monitor.azure.com'), tokenForTelemetry);
    const messageId = await app.send(aPartner(app), { enableConnection: true });
    await app.resultOf(messageId);
    await app.stopHost();
    expect(app.ingestion.events().map(({ properties }) => properties.messageId)).toContain(messageId);
  });
});

describe('a broker', () => {
  let app: App;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.stop());

  it('that drops connections during a retry: the late retry does not undo the later request', async () => {
    const partner = aPartner(app, serviceUnavailable('2'));
    const enable = await app.send(partner, { enableConnection: true });
    const disable = await app.send(partner, { enableConnection: false });
    await eventually(() => app.patches(partner)[0], 'the first call');
    app.serviceBus.dropConnections();
    expect(await app.resultOf(enable)).toMatchObject({ outcome: 'applied' });
    expect(await app.resultOf(disable)).toMatchObject({ outcome: 'applied' });
    await completed(app, disable);
    expect(appliedStates(app, partner)).toEqual([true, false]);
    expect(isConnected(app, partner)).toBe(false);
  });

  it('that drops duplicates: one request, one call, one result', async () => {
    const partner = aPartner(app);
    const messageId = await app.send(partner, { enableConnection: true });
    await app.send(partner, { enableConnection: true }, { messageId });
    await app.request(partner, { enableConnection: false });
    expect(resultsOf(app, messageId)).toHaveLength(1);
    expect(appliedStates(app, partner)).toEqual([true, false]);
    expect(app.patches(partner)).toHaveLength(2);
  });

  it('whose results topic refuses for a while: one call, and the same result once it can be sent, also after validUntil', async () => {
    const partner = aPartner(app);
    const validUntil = new Date(Date.now() + 6_000).toISOString();
    const before = refusals(app);
    app.serviceBus.refuse(RESULTS_TOPIC, true);
    const enable = await app.send(partner, { enableConnection: true, validUntil });
    const disable = await app.send(partner, { enableConnection: false });
    await eventually(() => refusals(app) > before || undefined, 'a refused result');
    await sleep(Math.max(0, Date.parse(validUntil) - Date.now()));
    app.serviceBus.refuse(RESULTS_TOPIC, false);
    expect(await app.resultOf(enable)).toMatchObject({
      outcome: 'applied',
      partner: { enableConnection: true },
    });
    expect(await app.resultOf(disable)).toMatchObject({ outcome: 'applied' });
    expect(resultsOf(app, enable)).toHaveLength(1);
    expect(app.patches(partner).map(({ enableConnection }) => enableConnection)).toEqual([true, false]);
  });
});

describe('a request that failed', () => {
  let app: App;
  beforeAll(async () => {
    const settings = { RETRY_BUDGET_SECONDS: '1', MAX_DELIVERY_COUNT: '3' };
    app = await startApp(settings, { requestsQueue: { maxDeliveryCount: 3 } });
  });
  afterAll(() => app.stop());

  it('and whose result the results topic refuses has it sent in a later delivery, without another call', async () => {
    const partner = aPartner(app, ...Array.from({ length: 20 }, () => serviceUnavailable()));
    const before = refusals(app);
    app.serviceBus.refuse(RESULTS_TOPIC, true);
    const messageId = await app.send(partner, { enableConnection: true });
    await eventually(() => refusals(app) > before || undefined, 'a refused result');
    const calls = app.patches(partner).length;
    app.serviceBus.refuse(RESULTS_TOPIC, false);
    expect(await app.resultOf(messageId)).toMatchObject({ outcome: 'failed', deliveryCount: 3 });
    expect(app.patches(partner)).toHaveLength(calls);
    await completed(app, messageId);
    expect(app.serviceBus.queue(REQUESTS_QUEUE).counts()).toMatchObject({ active: 0, deadLettered: 0 });
  });
});

describe('without a results topic', () => {
  let app: App;
  beforeAll(async () => {
    const settings = { RESULTS_TOPIC: 'nowhere', RETRY_BUDGET_SECONDS: '1', MAX_DELIVERY_COUNT: '2' };
    app = await startApp(settings, { requestsQueue: { maxDeliveryCount: 2 } });
  });
  afterAll(() => app.stop());

  it('requests are applied in order and on record, and end in the dead-letter queue, so that none is lost', async () => {
    const partner = aPartner(app);
    const enable = await app.send(partner, { enableConnection: true });
    const disable = await app.send(partner, { enableConnection: false });
    const deadLetters = () => app.serviceBus.queue(REQUESTS_QUEUE).deadLetters.messages();
    await eventually(() => deadLetters().length === 2 || undefined, 'two dead letters');
    expect(deadLetters().map(({ messageId }) => messageId)).toEqual([enable, disable]);
    expect(appliedStates(app, partner)).toEqual([true, false]);
    expect((await app.eventOf(enable)).properties.outcome).toBe('applied');
  });
});

describe('a worker that dies on every delivery', () => {
  let app: App;
  beforeAll(async () => {
    app = await startApp(
      { MAX_DELIVERY_COUNT: '2' },
      { requestsQueue: { ...requestsQueue, maxDeliveryCount: 2 } },
    );
  });
  afterAll(() => app.stop());

  it('leaves the request in the dead-letter queue, and later requests go on', async () => {
    const partner = aPartner(app, { kind: 'hang' }, { kind: 'hang' });
    const lost = await app.send(partner, { enableConnection: true });
    const next = await app.send(partner, { enableConnection: false });
    for (const delivery of [1, 2]) {
      await eventually(() => app.patches(partner)[delivery - 1], `call ${delivery}`);
      await app.killHost();
      await app.startHost();
    }
    expect(await app.resultOf(next)).toMatchObject({ outcome: 'applied' });
    const [deadLetter] = app.serviceBus.queue(REQUESTS_QUEUE).deadLetters.messages();
    expect(deadLetter).toMatchObject({ messageId: lost, deadLetterReason: 'MaxDeliveryCountExceeded' });
    expect(isConnected(app, partner)).toBe(false);
    setFaults(app, partner);
  });
});
