import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { InvocationContext } from '@azure/functions';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { IngestionStandIn } from '../../local/applicationInsights/ingestion.ts';
import { type GraphStandIn, startGraph } from '../../local/graph/graph.ts';
import { json, notFound, serviceUnavailable, throttled } from '../../local/graph/graphFault.ts';
import { samplePartners } from '../../local/graph/samplePartners.ts';
import { always, inOrder } from '../../local/http/fault.ts';
import { type IdentityStandIn, startIdentity } from '../../local/identity/identity.ts';
import { type App, createApp, type Edges } from '../../shared/app.ts';
import { readSettings } from '../../shared/settings/settings.ts';
import { aBody } from '../helpers/factories.ts';
import { startOwnIngestion } from '../helpers/ingestion.ts';
import { trustedCertificate } from '../helpers/trust.ts';

const [{ id }, { id: otherId }] = samplePartners;
const clientId = '33333333-3333-4333-8333-333333333333';
const telemetryClientId = '44444444-4444-4444-8444-444444444444';

let graph: GraphStandIn;
let identity: IdentityStandIn;
let ingestion: IngestionStandIn;
let requiresToken: boolean;
// Before the app is loaded, which keeps the function.
const warn = vi.hoisted(() => vi.spyOn(console, 'warn'));

beforeAll(async () => {
  const tls = await trustedCertificate();
  identity = await startIdentity({ userClientIds: [clientId, telemetryClientId] });
  graph = await startGraph({ tls, acceptToken: (token) => identity.accepts(token, graph.url) });
  ingestion = await startOwnIngestion({
    tls,

    requireToken: (token) => !requiresToken || identity.accepts(token),
  });
  vi.stubEnv('IDENTITY_ENDPOINT', identity.endpoint);
  vi.stubEnv('IDENTITY_HEADER', identity.header);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await Promise.all([graph.close(), identity.close(), ingestion.close()]);
});
beforeEach(() => {
  graph.fault = undefined;
  requiresToken = false;
  // No timeout of the app ends before its time on a slow machine. Its waits between attempts are real.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  warn.mockReset().mockImplementation(() => {});
});
afterEach(() => {
  vi.useRealTimers();
});

/** The app on the stand-ins, as it starts in Azure. */
function anApp(settings: Readonly<Record<string, string>> = {}, edges?: Edges): App {
  return createApp(
    readSettings({
      ServiceBusConnection__fullyQualifiedNamespace: 'contoso.servicebus.windows.net',
      REQUESTS_QUEUE: 'requests',
      RESULTS_TOPIC: 'results',
      GRAPH_BASE_URL: graph.url,
      APPLICATIONINSIGHTS_CONNECTION_STRING: ingestion.connectionString,
      ...settings,
    }),
    edges,
  );
}

/** One delivery to the app, and what it wrote into the log. */
async function deliver(
  app: App,
  {
    properties = {},
    metadata = {},
  }: { properties?: Record<string, unknown>; metadata?: Record<string, unknown> } = {},
) {
  const lines: string[] = [];
  const messageId = randomUUID();
  const context = new InvocationContext({
    logHandler: (level, ...args) => lines.push(`${level}: ${args.join(' ')}`),
    traceContext: { traceParent: `00-${'c'.repeat(32)}-${'d'.repeat(16)}-01` },
    triggerMetadata: { messageId, sessionId: id, deliveryCount: 1, ...metadata },
  });
  const report = await app.handle(aBody({ externalPartnerId: id, ...properties }), context);
  return { report, lines, messageId };
}

/** The next entry in the journal of a stand-in. */
function entryOf({ onEntry }: Pick<GraphStandIn | IdentityStandIn, 'onEntry'>): Promise<unknown> {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const endListening = onEntry(resolve);
  return promise.finally(endListening);
}

const eventsOf = (messageId: string) =>
  ingestion.events().filter(({ properties }) => properties.messageId === messageId);

describe('the app', () => {
  it('applies a request, and has it on record in the transaction of the invocation', async () => {
    const { report, lines, messageId } = await deliver(anApp(), {
      properties: { enableConnection: false, reference: 'CHG1' },
    });
    expect(report).toMatchObject({
      outcome: 'applied',
      partner: { id, enableConnection: false, connectionStatus: 'notAvailable' },
      attempts: 1,
      message: { messageId },
    });
    expect(graph.partners.get(id)?.enableConnection).toBe(false);
    expect(lines).toEqual([expect.stringContaining(`"messageId":"${messageId}"`)]);
    expect(eventsOf(messageId)).toMatchObject([
      { operationId: 'c'.repeat(32), properties: { outcome: 'applied', reference: 'CHG1' } },
    ]);
    const clientRequestId = graph.journal.at(-1)?.clientRequestId;
    expect(clientRequestId).toBe(report.clientRequestId);
    const dependency = ingestion
      .dependencies()
      .find(({ properties }) => properties.clientRequestId === clientRequestId);
    expect(dependency).toMatchObject({ operationId: 'c'.repeat(32), resultCode: '200', success: true });
    expect(dependency?.envelope.tags['ai.cloud.role']).toBe('local');
    expect(eventsOf(messageId)[0]?.properties.graphRequestId).toBe(dependency?.properties.graphRequestId);
    expect(warn).not.toHaveBeenCalled();
  });

  it('rejects what is not a request, without a call', async () => {
    const calls = graph.journal.length;
    const { report, messageId } = await deliver(anApp(), { properties: { enableConnection: 'yes' } });
    expect(report).toMatchObject({ outcome: 'rejected', error: { code: 'invalidRequest' }, attempts: 0 });
    expect(eventsOf(messageId)).toMatchObject([{ properties: { outcome: 'rejected' } }]);
    expect(graph.journal).toHaveLength(calls);
  });

  it('rejects a request for a partner that Graph does not know, and one for a partner that is not allowed', async () => {
    graph.fault = always(notFound());
    expect((await deliver(anApp())).report).toMatchObject({
      outcome: 'rejected',
      error: { statusCode: 404 },
    });
    const calls = graph.journal.length;
    const app = anApp({ ALLOWED_EXTERNAL_PARTNER_IDS: otherId });
    expect((await deliver(app)).report).toMatchObject({ outcome: 'rejected', error: { code: 'notAllowed' } });
    expect(graph.journal).toHaveLength(calls);
  });

  it('tries again within a delivery', async () => {
    graph.fault = inOrder(json(200, '<html>'), { kind: 'response', status: 503 });
    const { report } = await deliver(anApp());
    expect(report).toMatchObject({ outcome: 'applied', attempts: 2 });
    expect(report.calls).toMatchObject([{ method: 'PATCH' }, { method: 'GET' }, { method: 'PATCH' }]);
    expect(new Set(report.calls.map(({ clientRequestId }) => clientRequestId)).size).toBe(1);
  });

  it('leaves a fault that outlasts its budget to the next delivery, and ends as failed in the last that may try', async () => {
    graph.fault = always(throttled('60'));
    const app = anApp({ RETRY_BUDGET_SECONDS: '1', MAX_DELIVERY_COUNT: '2' });
    const { report, messageId } = await deliver(app);
    expect(report).toMatchObject({ outcome: 'redelivery', error: { statusCode: 429 }, attempts: 1 });
    expect(eventsOf(messageId)).toMatchObject([{ name: 'ExternalPartnerRequestRedelivered' }]);
    const calls = graph.journal.length;
    // Of another partner: every request waits until Graph may be called again.
    const other = await deliver(app, {
      properties: { externalPartnerId: otherId },
      metadata: { sessionId: otherId, deliveryCount: 2 },
    });
    expect(other.report).toMatchObject({ outcome: 'failed', error: { code: 'throttled' }, attempts: 0 });
    expect(eventsOf(other.messageId)).toMatchObject([
      { name: 'ExternalPartnerRequestCompleted', properties: { outcome: 'failed' } },
    ]);
    expect(graph.journal).toHaveLength(calls);
  });

  it('repeats the outcome of a message that comes back, without another call', async () => {
    const app = anApp({ RETRY_BUDGET_SECONDS: '1' });
    const { report, messageId } = await deliver(app);
    const calls = graph.journal.length;
    const again = await deliver(app, { metadata: { messageId, deliveryCount: 2 } });
    expect(again.report).toMatchObject({ outcome: 'applied', completedAt: report.completedAt, calls: [] });
    expect(graph.journal).toHaveLength(calls);
  });

  it('stops a delivery that another one takes over from', async () => {
    graph.fault = inOrder(serviceUnavailable('2'));
    const app = anApp();
    const called = entryOf(graph);
    const metadata = { messageId: randomUUID(), sequenceNumber: 1 };
    const first = deliver(app, { metadata });
    await called;
    const second = deliver(app, { metadata: { ...metadata, deliveryCount: 2 } });
    expect((await first).report).toMatchObject({ outcome: 'redelivery', error: { code: 'takenOver' } });
    expect((await second).report).toMatchObject({ outcome: 'applied' });
  });

  it('gives up an attempt after GRAPH_TIMEOUT_SECONDS', async () => {
    graph.fault = inOrder({ kind: 'hang' });
    const called = entryOf(graph);
    const delivery = deliver(anApp({ GRAPH_TIMEOUT_SECONDS: '5' }));
    await called;
    vi.advanceTimersByTime(5_000);
    const { report } = await delivery;
    expect(report).toMatchObject({ outcome: 'applied', attempts: 2 });
    expect(report.calls[0]).not.toHaveProperty('statusCode');
  });
});

describe('the identity of the app', () => {
  it('is asked for a token as the app starts, for the origin of Graph and nobody else', async () => {
    const before = identity.journal.length;
    const asked = entryOf(identity);
    const app = anApp({ AZURE_CLIENT_ID: clientId });
    await asked;
    expect((await deliver(app)).report).toMatchObject({ outcome: 'applied' });
    expect(identity.journal.slice(before)).toMatchObject([{ resource: graph.url, clientId }]);
  });

  it('is asked before there is a request, and telemetry is not loaded until there is one', async () => {
    const getToken = vi.fn(async () => null);
    const loadTelemetry = vi.fn();
    anApp({}, { identity: () => ({ getToken }), loadTelemetry, warn });
    await nextTurn();
    expect(getToken).toHaveBeenCalledTimes(1);
    expect(loadTelemetry).not.toHaveBeenCalled();
  });
});

describe('telemetry', () => {
  it.each([
    ['Authorization=AAD', undefined],
    [`Authorization=AAD;ClientId=${telemetryClientId}`, telemetryClientId],
  ])('is sent with an identity if the settings say so: %s', async (authentication, expected) => {
    requiresToken = true;
    const before = identity.journal.length;
    const app = anApp({
      AZURE_CLIENT_ID: clientId,
      APPLICATIONINSIGHTS_AUTHENTICATION_STRING: authentication,
    });
    const { messageId } = await deliver(app);
    expect(eventsOf(messageId)).toHaveLength(1);
    const requests = identity.journal.slice(before).filter(({ resource }) => resource !== graph.url);
    expect(requests).toMatchObject([{ resource: expect.stringContaining('https://monitor.azure.com') }]);
    expect(requests[0]?.clientId).toBe(expected);
  });

  it('that ingestion refuses is told to the operator, not in every request', async () => {
    requiresToken = true;
    const app = anApp();
    const first = await deliver(app);
    const second = await deliver(app);
    expect(eventsOf(first.messageId)).toEqual([]);
    expect(warn.mock.calls).toEqual([[expect.stringContaining('Application Insights refuses the records')]]);
    for (const { lines } of [first, second]) expect(lines).toHaveLength(1);
  });

  it.each([
    ['is malformed', 'garbage', 1],
    ['is absent', '', 0],
  ])(
    'whose connection string %s leaves the log line, and no warning in any request',
    async (_, text, count) => {
      const app = anApp({ APPLICATIONINSIGHTS_CONNECTION_STRING: text });
      const { report, lines, messageId } = await deliver(app);
      expect(report).toMatchObject({ outcome: 'applied' });
      expect(lines).toEqual([expect.stringContaining(`"messageId":"${messageId}"`)]);
      expect(eventsOf(messageId)).toEqual([]);
      expect(warn.mock.calls).toHaveLength(count);
      await app.flush();
    },
  );
});
