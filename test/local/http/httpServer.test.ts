import { connect } from 'node:net';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { type Certificates, createCertificates } from '../../../local/http/certificates.ts';
import { always, type Fault, type FaultHook, inOrder, when } from '../../../local/http/fault.ts';
import type { HttpRequest } from '../../../local/http/httpRequest.ts';
import { type HttpServerOptions, startHttpServer } from '../../../local/http/httpServer.ts';
import { call } from './httpClient.ts';

const body = 'a body that is long enough to be cut in two';
let tls: Certificates;

beforeAll(async () => {
  tls = await createCertificates();
});

async function start(options: HttpServerOptions = {}, fault?: FaultHook) {
  const applied: string[] = [];
  const server = await startHttpServer({
    ...options,
    maxBodyBytes: 100,
    handle(request) {
      applied.push(request.path);
      return { status: 200, headers: { 'X-True': 'yes' }, body };
    },
    ...(fault && { faultFor: fault }),
  });
  onTestFinished(() => server.close());
  return { server, applied, call: (path = '/') => call(`${server.url}${path}`, { ca: tls.ca }) };
}

/** A hook that tells when the first request has arrived. */
function announced(hook: FaultHook): { hook: FaultHook; arrived: Promise<HttpRequest> } {
  const { promise, resolve } = Promise.withResolvers<HttpRequest>();
  return {
    hook(request) {
      resolve(request);
      return hook(request);
    },
    arrived: promise,
  };
}

for (const [protocol, options] of [
  ['http', () => ({})],
  ['https', () => ({ tls })],
] as const) {
  it(`over ${protocol}, a request without a fault is applied and gets the true response`, async () => {
    const { call, applied } = await start(options());
    expect(await call()).toMatchObject({ status: 200, text: body, complete: true });
    expect(applied).toEqual(['/']);
  });

  it(`over ${protocol}, a reset before applying leaves the request not applied`, async () => {
    const { call, applied } = await start(options(), always({ kind: 'resetBeforeApplying' }));
    await expect(call()).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(applied).toEqual([]);
  });

  it(`over ${protocol}, a reset after applying leaves the request applied`, async () => {
    const { call, applied } = await start(options(), always({ kind: 'resetAfterApplying' }));
    await expect(call()).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(applied).toEqual(['/']);
  });

  it(`over ${protocol}, a reset during the response sends at most half of the body of an applied request`, async () => {
    const { call, applied } = await start(options(), always({ kind: 'resetDuringResponse' }));
    const received = await call();
    expect(received).toMatchObject({ status: 200, complete: false });
    expect(body.slice(0, Math.ceil(body.length / 2)).startsWith(received.text)).toBe(true);
    expect(applied).toEqual(['/']);
  });

  it(`over ${protocol}, a refusing server refuses connections, drops open ones and comes back on its port`, async () => {
    const { hook, arrived } = announced(inOrder({ kind: 'hang' }));
    const { server, call } = await start(options(), hook);
    const hanging = expect(call()).rejects.toMatchObject({ code: 'ECONNRESET' });
    await arrived;
    await server.refuse(true);
    await hanging;
    await expect(call()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await server.refuse(false);
    expect(await call()).toMatchObject({ status: 200, text: body });
  });

  it(`over ${protocol}, closing ends while requests hang and connections are half open`, async () => {
    const { hook, arrived } = announced(always({ kind: 'hang' }));
    const { server, call } = await start(options(), hook);
    const idle = connect(server.port, 'localhost');
    await new Promise((resolve) => idle.once('connect', resolve));
    const gone = new Promise((resolve) => idle.on('error', () => undefined).once('close', resolve));
    const hanging = expect(call()).rejects.toMatchObject({ code: 'ECONNRESET' });
    await arrived;
    await server.close();
    await hanging;
    await gone;
    await server.close();
    await server.refuse(false);
    await expect(call()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
}

it('a response that replaces the true one is sent as it is, and the request is applied only if it says so', async () => {
  const replacement: Fault = {
    kind: 'response',
    status: 503,
    headers: { 'Retry-After': 'soon' },
    body: 'no',
  };
  const { call, applied } = await start({}, inOrder(replacement, { ...replacement, apply: true }));
  const received = await call('/first');
  expect(received).toMatchObject({ status: 503, text: 'no' });
  expect(received.headers).toMatchObject({ 'retry-after': 'soon', 'content-length': '2' });
  await call('/second');
  expect(applied).toEqual(['/second']);
});

it('a 204 has neither body nor length', async () => {
  const { call } = await start({}, always({ kind: 'response', status: 204 }));
  const received = await call();
  expect(received).toMatchObject({ status: 204, text: '', complete: true });
  expect(received.headers).not.toHaveProperty('content-length');
});

it('a delayed or trickling response arrives in full', async () => {
  const trickle = { kind: 'trickle', everyMs: 1, forMs: 60_000 } as const;
  const faults = inOrder({ kind: 'delay', delayMs: 5 }, trickle, { ...trickle, hasLength: false });
  const { call } = await start({ latencyMs: 1 }, faults);
  for (let n = 0; n < 4; n++) expect(await call()).toMatchObject({ status: 200, text: body, complete: true });
});

it('a trickle ends with a reset when its time is over', async () => {
  const { call } = await start({}, always({ kind: 'trickle', everyMs: 10_000, forMs: 35 }));
  const received = await call();
  expect(received).toMatchObject({ status: 200, text: '', complete: false });
});

it('a client that gives up on a hanging request disturbs nobody', async () => {
  const { hook, arrived } = announced(inOrder({ kind: 'hang', apply: true }));
  const { server, call: callAgain } = await start({}, hook);
  const givingUp = new AbortController();
  const hanging = expect(call(server.url, { signal: givingUp.signal })).rejects.toMatchObject({
    name: 'AbortError',
  });
  await arrived;
  givingUp.abort();
  await hanging;
  expect(await callAgain()).toMatchObject({ status: 200 });
});

it('a sequence that matches some requests counts only those', async () => {
  const fault: Fault = { kind: 'response', status: 500 };
  const { call } = await start(
    {},
    when(({ path }) => path === '/a', inOrder(undefined, fault)),
  );
  const statuses = [];
  for (const path of ['/a', '/b', '/a', '/a']) statuses.push((await call(path)).status);
  expect(statuses).toEqual([200, 200, 500, 200]);
});

it('a body over the limit is refused with 413', async () => {
  const { server, applied } = await start();
  const received = await call(server.url, { method: 'POST', body: 'x'.repeat(101) });
  expect(received.status).toBe(413);
  expect(applied).toEqual([]);
});

it('a fault hook that throws gives a 500 that says so', async () => {
  const { call } = await start({}, () => {
    throw new Error('a bug in a test');
  });
  expect(await call()).toMatchObject({
    status: 500,
    text: 'The stand-in failed: Error: a bug in a test',
  });
});

it('a port that is in use is named', async () => {
  const { server } = await start();
  await expect(start({ port: server.port })).rejects.toThrow(`Cannot listen on localhost:${server.port}`);
});

it('a response that takes its time arrives, gives way to a fault, and is a 500 if the handler fails', async () => {
  const server = await startHttpServer({
    maxBodyBytes: 100,
    handle: async ({ path }) => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (path === '/bug') throw new Error('a bug in a stand-in');
      return { status: 200, body };
    },
    faultFor: inOrder(undefined, { kind: 'response', status: 503 }),
  });
  onTestFinished(() => server.close());
  const statuses = [];
  for (const path of ['/', '/', '/bug']) statuses.push((await call(`${server.url}${path}`)).status);
  expect(statuses).toEqual([200, 503, 500]);
});
