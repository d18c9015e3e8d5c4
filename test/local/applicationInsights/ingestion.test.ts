import { gzipSync } from 'node:zlib';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { type IngestionOptions, startIngestion } from '../../../local/applicationInsights/ingestion.ts';
import { type Certificates, createCertificates } from '../../../local/http/certificates.ts';
import { inOrder } from '../../../local/http/fault.ts';
import { call } from '../http/httpClient.ts';

const event = (name: string) => ({
  name: 'Microsoft.ApplicationInsights.Event',
  time: '2026-01-01T00:00:00.000Z',
  iKey: '00000000-0000-0000-0000-000000000000',
  tags: { 'ai.operation.id': '0af7651916cd43dd8448eb211c80319c' },
  data: {
    baseType: 'EventData',
    baseData: { ver: 2, name, properties: { outcome: 'applied' }, measurements: { attempts: 1 } },
  },
});
const dependency = {
  ...event(''),
  name: 'Microsoft.ApplicationInsights.RemoteDependency',
  data: {
    baseType: 'RemoteDependencyData',
    baseData: {
      ver: 2,
      id: 'b7ad6b7169203331',
      name: 'PATCH /beta',
      type: 'Http',
      target: 'localhost',
      data: 'https://localhost/beta',
      resultCode: '200',
      success: true,
      duration: '00.00:00:00.010',
    },
  },
};
let tls: Certificates;

beforeAll(async () => {
  tls = await createCertificates();
});

async function start(options: Omit<IngestionOptions, 'tls'> = {}) {
  const ingestion = await startIngestion({ tls, ...options });
  onTestFinished(() => ingestion.close());
  const post = async (body: string | Buffer, headers: Record<string, string> = {}, path = '/v2.1/track') => {
    const { status, text } = await call(ingestion.url + path, { method: 'POST', ca: tls.ca, headers, body });
    return { status, json: text && JSON.parse(text) };
  };
  return { ingestion, post };
}

const all = { status: 200, json: { itemsReceived: 2, itemsAccepted: 2, errors: [] } };

it('an array, lines and a gzip body are all accepted, on both versions of the path', async () => {
  const { ingestion, post } = await start();
  const items = [event('a'), dependency];
  const lines = items.map((item) => JSON.stringify(item)).join('\n');
  expect(await post(JSON.stringify(items))).toEqual(all);
  expect(await post(lines, {}, '/v2/track')).toEqual(all);
  expect(await post(gzipSync(lines), { 'Content-Encoding': 'gzip' })).toEqual(all);
  expect(ingestion.envelopes).toEqual([...items, ...items, ...items]);
});

it('events and dependencies are found with the operation they belong to', async () => {
  const { ingestion, post } = await start();
  await post(JSON.stringify([event('a'), event('b'), dependency]));
  expect(ingestion.events().map(({ name }) => name)).toEqual(['a', 'b']);
  expect(ingestion.events('b')).toMatchObject([
    {
      name: 'b',
      properties: { outcome: 'applied' },
      measurements: { attempts: 1 },
      operationId: '0af7651916cd43dd8448eb211c80319c',
    },
  ]);
  expect(ingestion.dependencies()).toMatchObject([
    {
      name: 'PATCH /beta',
      target: 'localhost',
      resultCode: '200',
      success: true,
      operationId: '0af7651916cd43dd8448eb211c80319c',
    },
  ]);
});

it('what is not an envelope is refused by its index, and the rest is kept', async () => {
  const { ingestion, post } = await start();
  const partly = await post(`${JSON.stringify(event('a'))}\n{"cut`);
  expect(partly).toMatchObject({
    status: 206,
    json: { itemsReceived: 2, itemsAccepted: 1, errors: [{ index: 1, statusCode: 400 }] },
  });
  expect((await post('[{"name":1}]')).status).toBe(400);
  expect((await post('not gzip', { 'Content-Encoding': 'gzip' })).status).toBe(400);
  expect(ingestion.envelopes).toHaveLength(1);
});

it('live metrics and unknown paths are 404', async () => {
  const { post } = await start();
  expect((await post('', {}, '/QuickPulseService.svc/ping?ikey=x')).status).toBe(404);
  expect((await post('', {}, '/')).status).toBe(404);
});

it('the connection string names this server for telemetry and live metrics', async () => {
  const { ingestion } = await start({ instrumentationKey: '11111111-2222-4333-8444-555555555555' });
  expect(ingestion.connectionString).toBe(
    'InstrumentationKey=11111111-2222-4333-8444-555555555555;' +
      `IngestionEndpoint=https://localhost:${ingestion.port}/;LiveEndpoint=https://localhost:${ingestion.port}/`,
  );
});

it('with local authentication off, only a good bearer token is accepted', async () => {
  const { ingestion, post } = await start({ requireToken: (token) => token === 'good' });
  const body = JSON.stringify([event('a')]);
  expect((await post(body)).status).toBe(401);
  expect((await post(body, { Authorization: 'Bearer bad' })).status).toBe(401);
  expect((await post(body, { Authorization: 'Bearer good' })).status).toBe(200);
  expect(ingestion.envelopes).toHaveLength(1);
});

it('what a fault turned away is not kept, and the journal says so', async () => {
  const { ingestion, post } = await start();
  const heard: string[] = [];
  ingestion.onEnvelope(({ data }) => heard.push(data.baseType));
  ingestion.onEntry(({ fault = 'none' }) => heard.push(fault));
  ingestion.fault = inOrder({ kind: 'response', status: 429, headers: { 'Retry-After': '30' } });
  expect((await post(JSON.stringify([event('a')]))).status).toBe(429);
  expect((await post(JSON.stringify([event('b')]))).status).toBe(200);
  expect(ingestion.events().map(({ name }) => name)).toEqual(['b']);
  expect(ingestion.journal).toMatchObject([
    { index: 0, status: 429, fault: 'response' },
    { index: 1, status: 200 },
  ]);
  expect(heard).toEqual(['response', 'EventData', 'none']);
});

it('a switched-off ingestion keeps nothing and still counts', async () => {
  const { ingestion, post } = await start({ keep: 0 });
  expect(await post(JSON.stringify([event('a'), dependency]))).toEqual(all);
  expect(ingestion.envelopes).toEqual([]);
});
