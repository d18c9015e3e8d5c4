import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { IngestionStandIn } from '../../../local/applicationInsights/ingestion.ts';
import { inOrder } from '../../../local/http/fault.ts';
import { createApplicationInsights } from '../../../shared/report/applicationInsights.ts';
import { aCall } from '../../helpers/factories.ts';
import { startOwnIngestion } from '../../helpers/ingestion.ts';
import { trustedCertificate } from '../../helpers/trust.ts';

const traceId = '0123456789abcdef'.repeat(2);
const spanId = 'fedcba9876543210';
const anEvent = (name = 'AnEvent') => ({ name, properties: { a: 'x' }, measurements: { n: 1.5 } });

let tls: Awaited<ReturnType<typeof trustedCertificate>>;
let ingestion: IngestionStandIn;
let accepted: string | undefined;
beforeAll(async () => {
  tls = await trustedCertificate();
});
// One for each test: the SDK sends again, unasked, what an earlier one was refused.
beforeEach(async () => {
  accepted = undefined;
  ingestion = await startOwnIngestion({
    tls,
    requireToken: (token) => accepted === undefined || token === accepted,
  });
  // Nor does it send by the clock.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(async () => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  await ingestion.close();
});

function aSink(options: Partial<Parameters<typeof createApplicationInsights>[0]> = {}) {
  const warnings: string[] = [];
  const sink = createApplicationInsights({
    connectionString: ingestion.connectionString,
    role: { name: 'the-app', instance: 'instance-1' },
    warn: (text) => warnings.push(text),
    ...options,
  });
  return { sink, warnings };
}

describe('what is sent to Application Insights', () => {
  it('is an event with its properties and measurements, under the role of the app', async () => {
    const { sink } = aSink();
    sink.send(anEvent(), [], undefined);
    await sink.flush();
    const [event] = ingestion.events();
    expect(event).toMatchObject({ properties: { a: 'x' }, measurements: { n: 1.5 } });
    expect(event?.envelope.tags).toMatchObject({
      'ai.cloud.role': 'the-app',
      'ai.cloud.roleInstance': 'instance-1',
    });
    expect(ingestion.dependencies()).toEqual([]);
  });

  it.each(['00', '01'])(
    'stands in the transaction of the invocation, whether that is sampled (%s) or not',
    async (flags) => {
      const { sink } = aSink();
      sink.send(anEvent(), [aCall()], `00-${traceId}-${spanId}-${flags}`);
      await sink.flush();
      for (const item of [ingestion.events()[0], ingestion.dependencies()[0]]) {
        expect(item?.operationId).toBe(traceId);
        expect(item?.envelope.tags['ai.operation.parentId']).toBe(spanId);
      }
    },
  );

  it.each([undefined, '', 'garbage', `x00-${traceId}-${spanId}-01`, `00-${traceId}-${spanId.slice(1)}-01`])(
    'stands for itself if there is no invocation to join: %s',
    async (traceParent) => {
      const { sink } = aSink();
      sink.send(anEvent(), [], traceParent);
      await sink.flush();
      expect(ingestion.events()).toHaveLength(1);
      expect(ingestion.events()[0]?.operationId).not.toBe(traceId);
    },
  );

  it('is a dependency for each call, with what there is to know of it', async () => {
    const { sink } = aSink();
    const url = 'https://graph.example/beta/externalPartners/p-1';
    const startedAt = Date.parse('2026-01-02T03:04:05.678Z');
    sink.send(
      anEvent(),
      [
        aCall({ url, startedAt, durationMs: 1_234, requestId: 'ok' }),
        aCall({ url, method: 'GET', statusCode: 404, requestId: 'refused' }),
        aCall({ url, statusCode: 204, requestId: 'unclear' }),
      ],
      undefined,
    );
    await sink.flush();
    const of = (id: string) =>
      ingestion.dependencies().find(({ properties }) => properties.graphRequestId === id);
    expect(of('ok')).toMatchObject({
      name: 'PATCH /beta/externalPartners/p-1',
      target: 'graph.example',
      data: url,
      resultCode: '200',
      success: true,
      duration: '00:00:01.234',
      envelope: { time: '2026-01-02T03:04:05.678Z' },
      properties: { clientRequestId: '11111111-1111-4111-8111-111111111111' },
    });
    expect(of('refused')).toMatchObject({
      name: 'GET /beta/externalPartners/p-1',
      resultCode: '404',
      success: false,
    });
    expect(of('unclear')).toMatchObject({ resultCode: '204', success: false });
  });

  it('is a failed dependency without a result code for a call without a response', async () => {
    const { sink } = aSink();
    const { statusCode: _, ...call } = aCall();
    sink.send(anEvent(), [call], undefined);
    await sink.flush();
    const [dependency] = ingestion.dependencies();
    expect(dependency).toMatchObject({ resultCode: '0', success: false });
    expect(dependency?.properties).not.toHaveProperty('graphRequestId');
  });

  it('is nothing else than a note on the resource that the SDK adds', async () => {
    const { sink } = aSink();
    sink.send(anEvent(), [aCall()], undefined);
    await sink.flush();
    const kinds = ingestion.envelopes.map(({ data: { baseType, baseData } }) =>
      JSON.stringify(baseData).includes('"_OTELRESOURCE_"') ? 'resource' : baseType,
    );
    expect([...new Set(kinds)].sort()).toEqual(['EventData', 'RemoteDependencyData', 'resource']);
  });
});

describe('sending', () => {
  it('with an identity uses its token for Application Insights', async () => {
    accepted = 'the-token';
    const scopes: unknown[] = [];
    const credential = {
      getToken: async (scope: string | string[]) => {
        scopes.push(scope);
        return { token: 'the-token', expiresOnTimestamp: Date.now() + 3_600_000 };
      },
    };
    const { sink, warnings } = aSink({ credential });
    sink.send(anEvent(), [], undefined);
    await sink.flush();
    expect(ingestion.events()).toHaveLength(1);
    expect(String(scopes[0])).toMatch(/^https:\/\/monitor\.azure\.com\/+\.default$/);
    expect(warnings).toEqual([]);
  });

  it('that is refused for good leads to a warning', async () => {
    accepted = 'another-token';
    const { sink, warnings } = aSink();
    sink.send(anEvent(), [], undefined);
    await sink.flush();
    expect(warnings).toEqual([expect.stringContaining('it responded with 401')]);
    expect(ingestion.events()).toEqual([]);
  });

  it('is not repeated for ingestion that is busy', async () => {
    ingestion.fault = inOrder({ kind: 'response', status: 503, headers: { 'Retry-After': '1' } });
    const { sink, warnings } = aSink();
    sink.send(anEvent(), [], undefined);
    await sink.flush();
    expect(ingestion.journal.length).toBe(1);
    expect(warnings).toEqual([]);
  });

  it('gives up ingestion that hangs after 10 s', async () => {
    ingestion.fault = inOrder({ kind: 'hang' });
    const arrived = Promise.withResolvers<unknown>();
    const endListening = ingestion.onEntry(arrived.resolve);
    const { sink } = aSink();
    sink.send(anEvent(), [], undefined);
    const flushed = sink.flush();
    await arrived.promise;
    endListening();
    vi.advanceTimersByTime(9_999);
    expect(await Promise.race([flushed.then(() => 'over'), nextTurn('under way')])).toBe('under way');
    vi.advanceTimersByTime(1);
    await flushed;
  });

  it('is shared by those who ask for it while it is under way, and includes what they sent', async () => {
    const { sink } = aSink();
    sink.send(anEvent('First'), [], undefined);
    const flushes = [sink.flush()];
    for (let n = 0; n < 16; n++) {
      sink.send(anEvent('Later'), [], undefined);
      flushes.push(sink.flush());
    }
    await Promise.all(flushes);
    expect(ingestion.events('Later')).toHaveLength(16);
    expect(ingestion.journal.length).toBe(2);
    sink.send(anEvent('Last'), [], undefined);
    await sink.flush();
    expect(ingestion.events('Last')).toHaveLength(1);
  });

  it('is shared by those who gather for it, and includes what they sent', async () => {
    const { sink } = aSink();
    sink.send(anEvent('First'), [], undefined);
    const first = sink.flush(true);
    await nextTurn();
    sink.send(anEvent('Second'), [], undefined);
    await Promise.all([first, sink.flush(true)]);
    expect(ingestion.events()).toHaveLength(2);
    expect(ingestion.journal.length).toBe(1);
  });
});
