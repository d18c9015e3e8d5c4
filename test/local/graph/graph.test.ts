import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { type GraphOptions, startGraph } from '../../../local/graph/graph.ts';
import * as graphFault from '../../../local/graph/graphFault.ts';
import { samplePartners } from '../../../local/graph/samplePartners.ts';
import { type Certificates, createCertificates } from '../../../local/http/certificates.ts';
import { always, inOrder } from '../../../local/http/fault.ts';
import { call } from '../http/httpClient.ts';

const PATH = '/beta/deviceManagement/virtualEndpoint/externalPartners';
const [disabled, healthy] = samplePartners;
const clientRequestId = '0f8d8f3e-5f60-4c4b-9c0c-3f4f5b6d7e80';
let tls: Certificates;

beforeAll(async () => {
  tls = await createCertificates();
});

async function start(options: Omit<GraphOptions, 'tls'> = {}) {
  const graph = await startGraph({ tls, ...options });
  onTestFinished(() => graph.close());
  const send = async (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = { 'Content-Type': 'application/json' },
  ) => {
    const received = await call(graph.url + path, {
      method,
      ca: tls.ca,
      headers: { Authorization: 'Bearer a-token', 'client-request-id': clientRequestId, ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { ...received, json: () => JSON.parse(received.text) };
  };
  const patch = (id: string, enableConnection: unknown) =>
    send('PATCH', `${PATH}/${id}`, {
      '@odata.type': '#microsoft.graph.cloudPcExternalPartner',
      enableConnection,
    });
  return { graph, send, patch };
}

it('the list holds the sample partners', async () => {
  const { send, graph } = await start();
  const { status, headers, json } = await send('GET', PATH);
  expect(status).toBe(200);
  expect(headers['content-type']).toBe(
    'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8',
  );
  expect(json()).toEqual({
    '@odata.context': `${graph.url}/beta/$metadata#deviceManagement/virtualEndpoint/externalPartners`,
    value: samplePartners,
  });
});

it('enabling makes a partner available, disabling makes it not available, and a GET shows it', async () => {
  const { patch, send } = await start();
  const enabled = await patch(disabled.id, true);
  expect(enabled.status).toBe(200);
  expect(enabled.json()).toMatchObject({
    '@odata.type': '#microsoft.graph.cloudPcExternalPartner',
    id: disabled.id,
    partnerId: disabled.partnerId,
    enableConnection: true,
    connectionStatus: 'available',
    statusDetails: 'Connected, waiting for the first heartbeat.',
  });
  const off = await patch(disabled.id, false);
  expect(off.json()).toMatchObject({ enableConnection: false, connectionStatus: 'notAvailable' });
  expect((await send('GET', `${PATH}/${disabled.id}`)).json()).toEqual(off.json());
});

it('enabling what is enabled and healthy leaves it healthy', async () => {
  const { patch } = await start();
  expect((await patch(healthy.id, true)).json()).toMatchObject(healthy);
});

it('an id is found whatever its case', async () => {
  const { patch, graph } = await start();
  expect((await patch(disabled.id.toUpperCase(), true)).status).toBe(200);
  expect(graph.partners.get(disabled.id)).toMatchObject({ enableConnection: true });
});

it('every response carries the ids of the call, success or not', async () => {
  const { patch } = await start();
  for (const response of [await patch(healthy.id, true), await patch('unknown', true)]) {
    expect(response.headers).toMatchObject({
      'client-request-id': clientRequestId,
      'request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      'x-ms-ags-diagnostic': expect.stringContaining('ServerInfo'),
      date: expect.stringMatching(/GMT$/),
    });
  }
});

it('an unknown partner is 404 in the shape of a Graph error', async () => {
  const { patch } = await start();
  const { status, headers, json } = await patch('00000000-0000-4000-8000-000000000000', true);
  expect(status).toBe(404);
  expect(json()).toEqual({
    error: {
      code: 'NotFound',
      message: expect.stringContaining('00000000-0000-4000-8000-000000000000'),
      innerError: {
        date: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/),
        'request-id': headers['request-id'],
        'client-request-id': clientRequestId,
      },
    },
  });
});

it.for([
  ['JSON that is cut off', '{"enableConnection":'],
  ['an array', '[]'],
  ['null', 'null'],
  ['nothing', ''],
  ['text for a boolean', { enableConnection: 'true' }],
  ['no enableConnection', {}],
  ['another type', { '@odata.type': '#microsoft.graph.user', enableConnection: true }],
  ['a property that cannot be updated', { enableConnection: true, statusDetails: 'fine' }],
] as const)('a PATCH with %s is 400 and changes nothing', async ([, body]) => {
  const { send, graph } = await start();
  const { status, json } = await send('PATCH', `${PATH}/${disabled.id}`, body);
  expect(status).toBe(400);
  expect(json().error).toMatchObject({ code: 'BadRequest', message: expect.any(String) });
  expect(graph.partners.get(disabled.id)).toEqual(disabled);
  expect(graph.journal).toMatchObject([{ status: 400, applied: false }]);
});

it('a PATCH without a content type is 400', async () => {
  const { send } = await start();
  const { status } = await send('PATCH', `${PATH}/${disabled.id}`, '{"enableConnection":true}', {});
  expect(status).toBe(400);
});

it('a missing or refused token is 401 with a challenge, and changes nothing', async () => {
  const { send, graph } = await start({ acceptToken: (token) => token === 'good' });
  for (const Authorization of ['', 'Basic good', 'Bearer bad']) {
    const { status, headers, json } = await send(
      'PATCH',
      `${PATH}/${disabled.id}`,
      { enableConnection: true },
      { Authorization, 'Content-Type': 'application/json' },
    );
    expect(status).toBe(401);
    expect(json().error.code).toBe('InvalidAuthenticationToken');
    expect(headers['www-authenticate']).toMatch(/^Bearer /);
  }
  expect(graph.partners.get(disabled.id)).toEqual(disabled);
  expect((await send('GET', PATH, undefined, { Authorization: 'Bearer good' })).status).toBe(200);
});

it('an unknown segment is 400 and a method that is not served 405', async () => {
  const { send } = await start();
  const unknown = await send('GET', '/beta/deviceManagement/virtualEndpoint/externalPartner');
  expect(unknown.status).toBe(400);
  expect(unknown.json().error.message).toBe("Resource not found for the segment 'externalPartner'.");
  expect((await send('DELETE', `${PATH}/${healthy.id}`)).status).toBe(405);
  expect((await send('POST', PATH, {})).headers.allow).toBe('GET');
});

it('the journal says what was asked, seen and applied, faults included', async () => {
  const { graph, patch } = await start();
  const heard: unknown[] = [];
  const stop = graph.onEntry((entry) => heard.push(entry));
  graph.fault = inOrder(
    graphFault.throttled('1'),
    { kind: 'resetDuringResponse' },
    graphFault.gatewayTimeout({ apply: true }),
    { kind: 'resetAfterApplying' },
  );
  const throttled = await patch(disabled.id, true);
  expect([throttled.status, throttled.headers['retry-after']]).toEqual([429, '1']);
  expect((await patch(disabled.id, true)).complete).toBe(false);
  expect((await patch(disabled.id, false)).status).toBe(504);
  await expect(patch(disabled.id, true)).rejects.toThrow();
  await patch('unknown', true);

  const entry = { method: 'PATCH', externalPartnerId: disabled.id, clientRequestId, enableConnection: true };
  expect(graph.journal).toMatchObject([
    { ...entry, index: 0, status: 429, fault: 'response', applied: false },
    { ...entry, index: 1, status: 200, fault: 'resetDuringResponse', applied: true },
    { ...entry, index: 2, status: 504, fault: 'response', applied: true, enableConnection: false },
    { ...entry, index: 3, fault: 'resetAfterApplying', applied: true },
    { ...entry, index: 4, status: 404, applied: false, externalPartnerId: 'unknown' },
  ]);
  expect(graph.journal[3]).not.toHaveProperty('status');
  expect(graph.journal[4]).not.toHaveProperty('fault');
  expect(heard).toEqual(graph.journal);
  stop();
  await patch(disabled.id, true);
  expect(heard).toHaveLength(5);
});

it.for([
  ['throttled', graphFault.throttled(), 429],
  ['serviceUnavailable', graphFault.serviceUnavailable('3'), 503],
  ['internalServerError', graphFault.internalServerError(), 500],
  ['badGatewayHtml', graphFault.badGatewayHtml(), 502],
  ['gatewayTimeout', graphFault.gatewayTimeout(), 504],
  ['badRequest', graphFault.badRequest(), 400],
  ['unauthorized', graphFault.unauthorized(), 401],
  ['forbidden', graphFault.forbidden(), 403],
  ['notFound', graphFault.notFound(), 404],
  ['requestTimeout', graphFault.requestTimeout(), 408],
  ['conflict', graphFault.conflict(), 409],
  ['redirect', graphFault.redirect('https://localhost/'), 307],
  ['html', graphFault.html(), 200],
  ['json', graphFault.json(200, '{"id":'), 200],
] as const)('the fault %s is sent as the response and nothing is applied', async ([, fault, status]) => {
  const { graph, patch } = await start();
  graph.fault = always(fault);
  expect((await patch(disabled.id, true)).status).toBe(status);
  expect(graph.partners.get(disabled.id)).toEqual(disabled);
});
