import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forbidden, serviceUnavailable, throttled } from '../../local/graph/graphFault.ts';
import { samplePartners } from '../../local/graph/samplePartners.ts';
import { inOrder, when } from '../../local/http/fault.ts';
import { type App, eventually, startApp } from '../helpers/app.ts';
import { aPartner } from '../helpers/faults.ts';

const [first = '', second = ''] = samplePartners.map(({ id }) => id);
const unknown = '00000000-0000-4000-8000-000000000000';

describe('a request in the queue', () => {
  let app: App;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.stop());

  it.each([true, false])(
    'that asks for enableConnection %s changes Graph, and has a result and a record',
    async (enableConnection) => {
      const traceId = enableConnection ? 'a'.repeat(32) : 'b'.repeat(32);
      const messageId = await app.send(
        first,
        { enableConnection, reference: 'CHG1', requestedBy: 'jane', reason: 'Onboarding' },
        {
          applicationProperties: { 'Diagnostic-Id': `00-${traceId}-00f067aa0ba902b7-01` },
          correlationId: 'c-1',
        },
      );
      const result = await app.resultOf(messageId);
      const partner = app.graph.partners.get(first);
      expect(partner?.enableConnection).toBe(enableConnection);
      expect(result).toMatchObject({
        outcome: 'applied',
        reference: 'CHG1',
        request: { externalPartnerId: first, enableConnection, reference: 'CHG1' },
        partner: {
          id: first,
          partnerId: partner?.partnerId,
          enableConnection,
          connectionStatus: enableConnection ? 'available' : 'notAvailable',
          statusDetails: partner?.statusDetails,
          lastSyncDateTime: partner?.lastSyncDateTime,
        },
        attempts: 1,
        deliveryCount: 1,
      });

      const event = await app.eventOf(messageId);
      expect(event.operationId).toBe(traceId);
      expect(event.properties).toMatchObject({
        outcome: 'applied',
        externalPartnerId: first,
        partnerId: partner?.partnerId,
        enableConnection: String(enableConnection),
        connectionStatus: partner?.connectionStatus,
        statusDetails: partner?.statusDetails,
        lastSyncDateTime: partner?.lastSyncDateTime,
        requestedBy: 'jane',
        reference: 'CHG1',
        reason: 'Onboarding',
        correlationId: 'c-1',
      });
      expect(event.measurements).toMatchObject({ attempts: 1, deliveryCount: 1 });
      expect(Object.keys(event.measurements)).toEqual(
        expect.arrayContaining(['durationMs', 'graphDurationMs', 'queueLatencyMs']),
      );

      const dependency = app.ingestion.dependencies().find(({ operationId }) => operationId === traceId);
      expect(dependency).toMatchObject({
        resultCode: '200',
        success: true,
        target: expect.stringContaining('localhost'),
      });
      expect(dependency?.data).toContain(`/beta/deviceManagement/virtualEndpoint/externalPartners/${first}`);
      expect(dependency?.properties.clientRequestId).toBe(event.properties.clientRequestId);
      expect(app.patches(first).at(-1)?.clientRequestId).toBe(event.properties.clientRequestId);
    },
  );

  it('for a partner that Graph does not know is rejected after one call', async () => {
    const result = await app.request(unknown, { enableConnection: true });
    expect(result).toMatchObject({ outcome: 'rejected', error: { statusCode: 404 } });
    expect('error' in result && result.error.message).toContain('No external partner has this id');
    expect(app.patches(unknown)).toHaveLength(1);
  });

  it('that is malformed is rejected with a reason and without a call', async () => {
    const before = app.graph.journal.length;
    const result = await app.request(first, { enableConnection: 'yes', reference: 'CHG2' });
    expect(result).toMatchObject({
      outcome: 'rejected',
      reference: 'CHG2',
      attempts: 0,
      error: { code: 'invalidRequest' },
    });
    expect('error' in result && result.error.message).toContain(
      'enableConnection is "yes"; send true or false',
    );
    expect(app.graph.journal).toHaveLength(before);
  });

  it('that does not even hold JSON has its raw text in the result', async () => {
    const result = await app.request(first, {}, { body: Buffer.from('{"externalPartnerId"') });
    expect(result).toMatchObject({ outcome: 'rejected', request: '{"externalPartnerId"' });
  });

  it('in the wrong session is rejected', async () => {
    const result = await app.request(first, { enableConnection: true }, { sessionId: 'other' });
    expect(result).toMatchObject({ outcome: 'rejected', error: { code: 'sessionIdMismatch' } });
  });

  it('that has expired is rejected', async () => {
    const validUntil = new Date(Date.now() - 1000).toISOString();
    const result = await app.request(first, { enableConnection: true, validUntil });
    expect(result).toMatchObject({ outcome: 'rejected', error: { code: 'expired' } });
  });

  it("cannot forge the broker's metadata in its body", async () => {
    const messageId = await app.send(first, {
      enableConnection: true,
      deliveryCount: 10,
      messageId: 'forged',
      sessionId: 'x',
    });
    const result = await app.resultOf(messageId);
    expect(result).toMatchObject({ outcome: 'rejected', deliveryCount: 1, messageId });
    expect('error' in result && result.error.message).toContain('Unknown property "deliveryCount"');
  });

  it('is tried again while Graph is unavailable', async () => {
    app.graph.fault = inOrder(serviceUnavailable(), serviceUnavailable());
    const result = await app.request(first, { enableConnection: true });
    expect(result).toMatchObject({ outcome: 'applied', attempts: 3, deliveryCount: 1 });
  });

  it('does not overtake an earlier one of its partner, and is passed by those of another', async () => {
    app.graph.fault = when(({ path }) => path.includes(first), inOrder(serviceUnavailable('2')));
    const before = app.graph.journal.length;
    const disable = await app.send(first, { enableConnection: false });
    const enable = await app.send(first, { enableConnection: true });
    const other = await app.send(second, { enableConnection: true });
    // Nobody told it to stop: those of another partner do not take over.
    expect(await app.resultOf(disable)).toMatchObject({ outcome: 'applied', attempts: 2, deliveryCount: 1 });
    await Promise.all([enable, other].map(app.resultOf));
    expect(app.results.slice(-3).map(({ messageId }) => messageId)).toEqual([other, disable, enable]);
    const applied = app.graph.journal.slice(before).filter((call) => call.applied);
    expect(
      applied.map(({ externalPartnerId, enableConnection }) => [externalPartnerId, enableConnection]),
    ).toEqual([
      [second, true],
      [first, false],
      [first, true],
    ]);
    app.graph.fault = undefined;
  });

  it('waits as long as Graph asks when it throttles, and with it all others', async () => {
    app.graph.fault = inOrder(throttled('2'));
    const before = app.graph.journal.length;
    await app.send(first, { enableConnection: false });
    const refusedAt = await eventually(() => app.graph.journal[before]?.respondedAt, 'the response');
    await app.request(second, { enableConnection: false });
    const next = app.graph.journal[before + 1];
    expect(app.graph.journal[before]?.status).toBe(429);
    expect((next?.receivedAt ?? 0) - refusedAt).toBeGreaterThanOrEqual(1990);
  });

  it('never leads to a token in a log, a result or a record', () => {
    const issued = [...app.identity.issued.keys()];
    expect(issued.length).toBeGreaterThan(0);
    const everything = JSON.stringify([app.logs, app.results, app.ingestion.envelopes]);
    for (const token of issued) expect(everything).not.toContain(token);
    expect(everything).not.toContain('SharedAccessKey');
  });
});

describe('an app with a list of allowed partners', () => {
  let app: App;
  beforeAll(async () => {
    app = await startApp({ ALLOWED_EXTERNAL_PARTNER_IDS: ` ${second.toUpperCase()} ` });
  });
  afterAll(() => app.stop());

  it('changes those and no other', async () => {
    expect(await app.request(second, { enableConnection: true })).toMatchObject({ outcome: 'applied' });
    const refused = await app.request(first, { enableConnection: true });
    expect(refused).toMatchObject({ outcome: 'rejected', error: { code: 'notAllowed' } });
    expect(app.patches(first)).toHaveLength(0);
  });
});

describe('an app whose retry budget is short', () => {
  let app: App;
  beforeAll(async () => {
    const settings = { RETRY_BUDGET_SECONDS: '1', MAX_DELIVERY_COUNT: '3' };
    app = await startApp(settings, { requestsQueue: { maxDeliveryCount: 3 } });
  });
  afterAll(() => app.stop());

  it('ends failed while deliveries are left for the result, and the request is not dead-lettered', async () => {
    app.graph.fault = () => serviceUnavailable();
    const result = await app.request(first, { enableConnection: true });
    expect(result).toMatchObject({ outcome: 'failed', deliveryCount: 2, error: { statusCode: 503 } });
    expect(app.serviceBus.queue('external-partner-requests/$deadletterqueue').messages()).toHaveLength(0);
  });

  it('fails at once where the permission is missing, and says what to grant', async () => {
    app.graph.fault = () => forbidden();
    const result = await app.request(second, { enableConnection: true });
    expect(result).toMatchObject({
      outcome: 'failed',
      deliveryCount: 1,
      attempts: 1,
      error: { statusCode: 403 },
    });
    expect('error' in result && result.error.message).toContain('CloudPC.ReadWrite.All');
  });
});

describe('an app that waits for Graph', () => {
  let app: App;
  beforeAll(async () => {
    app = await startApp({ GRAPH_TIMEOUT_SECONDS: '120' });
  });
  afterAll(async () => {
    await app.killHost();
    await app.stop();
  });

  it('serves 48 partners side by side', async () => {
    const partners = Array.from({ length: 48 }, () => aPartner(app, { kind: 'hang' }));
    await Promise.all(partners.map((id) => app.send(id, { enableConnection: true })));
    // Each call holds its place until it is given up after two minutes, and repeated.
    await eventually(() => partners.every((id) => app.patches(id).length > 0) || undefined, 'all calls');
    const [firstAgain] = partners.flatMap((id) => app.patches(id).slice(1));
    const lastOfAll = partners.map((id) => app.patches(id)[0]?.receivedAt ?? 0).sort((a, b) => b - a)[0] ?? 0;
    expect(firstAgain?.receivedAt ?? Number.POSITIVE_INFINITY).toBeGreaterThan(lastOfAll);
  });
});
