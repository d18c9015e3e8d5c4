import { connect } from 'node:net';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import type { Certificates } from '../../../local/http/certificates.ts';
import { always, type Fault, inOrder, when } from '../../../local/http/fault.ts';
import { type HttpServerOptions, type Settled, startHttpServer } from '../../../local/http/httpServer.ts';
import { call } from './httpClient.ts';
import { temporaryCertificates } from './temporaryCertificates.ts';

const body = 'a body that is long enough to be cut in two';
let tls: Certificates;

beforeAll(async () => {
  tls = await temporaryCertificates();
});

async function start(options: HttpServerOptions = {}) {
  const applied: string[] = [];
  const settled: Settled[] = [];
  const server = await startHttpServer({
    ...options,
    maxBodyBytes: 100,
    answer(request) {
      applied.push(request.path);
      return { status: 200, headers: { 'X-True': 'yes' }, body };
    },
    settled: (_request, result) => settled.push(result),
  });
  onTestFinished(() => server.close());
  return { server, applied, settled, call: (path = '/') => call(`${server.url}${path}`, { ca: tls.ca }) };
}

for (const [protocol, options] of [
  ['http', () => ({})],
  ['https', () => ({ tls })],
] as const) {
  test(`over ${protocol}, a request without a fault is applied and gets the true answer`, async () => {
    const { call, applied } = await start(options());
    expect(await call()).toMatchObject({ status: 200, text: body, complete: true });
    expect(applied).toEqual(['/']);
  });

  test(`over ${protocol}, a reset before the answer leaves the request not applied`, async () => {
    const { server, call, applied } = await start(options());
    server.fault = always({ kind: 'resetBeforeAnswer' });
    await expect(call()).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(applied).toEqual([]);
  });

  test(`over ${protocol}, a reset after applying leaves the request applied`, async () => {
    const { server, call, applied } = await start(options());
    server.fault = always({ kind: 'applyThenReset' });
    await expect(call()).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(applied).toEqual(['/']);
  });

  test(`over ${protocol}, a reset in the answer sends half of the body of an applied request`, async () => {
    const { server, call, applied } = await start(options());
    server.fault = always({ kind: 'resetInAnswer' });
    const received = await call();
    expect(received).toMatchObject({ status: 200, complete: false });
    expect(body.startsWith(received.text)).toBe(true);
    expect(applied).toEqual(['/']);
  });

  test(`over ${protocol}, a refusing server refuses connections, drops open ones and comes back on its port`, async () => {
    const { server, call } = await start(options());
    server.fault = inOrder({ kind: 'hang' });
    const hanging = call();
    await whenRequested(() => server.refuse(true), hanging, server);
    await expect(call()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await server.refuse(false);
    expect(await call()).toMatchObject({ status: 200, text: body });
  });

  test(`over ${protocol}, closing ends while requests hang and connections are half open`, async () => {
    const { server, call } = await start(options());
    server.fault = always({ kind: 'hang' });
    const idle = connect(server.port, 'localhost');
    await new Promise((resolve) => idle.once('connect', resolve));
    const gone = new Promise((resolve) => idle.on('error', () => undefined).once('close', resolve));
    await whenRequested(() => server.close(), call(), server);
    await gone;
    await server.close();
    await server.refuse(false);
    await expect(call()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
}

/** Runs the action once the hanging request has arrived, and waits for that request to fail. */
async function whenRequested(
  action: () => Promise<void>,
  hanging: Promise<unknown>,
  server: Awaited<ReturnType<typeof start>>['server'],
) {
  const { fault } = server;
  const arrived = new Promise<void>((resolve) => {
    server.fault = (request) => {
      resolve();
      return fault?.(request);
    };
  });
  const failed = expect(hanging).rejects.toMatchObject({ code: 'ECONNRESET' });
  await arrived;
  await action();
  await failed;
}

test('a canned answer is sent as it is, and the request is applied only where it says so', async () => {
  const { server, call, applied } = await start();
  const canned: Fault = { kind: 'answer', status: 503, headers: { 'Retry-After': 'soon' }, body: 'no' };
  server.fault = inOrder(canned, { ...canned, apply: true });
  const received = await call('/first');
  expect(received).toMatchObject({ status: 503, text: 'no' });
  expect(received.headers).toMatchObject({ 'retry-after': 'soon', 'content-length': '2' });
  await call('/second');
  expect(applied).toEqual(['/second']);
});

test('a 204 has neither body nor length', async () => {
  const { server, call } = await start();
  server.fault = always({ kind: 'answer', status: 204 });
  const received = await call();
  expect(received).toMatchObject({ status: 204, text: '', complete: true });
  expect(received.headers).not.toHaveProperty('content-length');
});

test('a delayed or trickling answer arrives in full', async () => {
  const { server, call } = await start({ latencyMs: 1 });
  server.fault = inOrder(
    { kind: 'delay', delayMs: 5 },
    { kind: 'trickle', everyMs: 1, forMs: 60_000 },
    undefined,
  );
  for (let n = 0; n < 3; n++) expect(await call()).toMatchObject({ status: 200, text: body, complete: true });
});

test('a trickle ends with a reset when its time is over', async () => {
  const { server, call } = await start();
  server.fault = always({ kind: 'trickle', everyMs: 10, forMs: 35 });
  const received = await call();
  expect(received.complete).toBe(false);
  expect(body.startsWith(received.text)).toBe(true);
});

test('a client that gives up on a hanging request disturbs nobody', async () => {
  const { server, call: callAgain } = await start();
  server.fault = inOrder({ kind: 'hang', apply: true });
  const hanging = call(server.url, { signal: AbortSignal.timeout(20) });
  await expect(hanging).rejects.toMatchObject({ name: 'AbortError' });
  expect(await callAgain()).toMatchObject({ status: 200 });
});

test('a sequence that matches some requests counts only those', async () => {
  const { server, call } = await start();
  const fault: Fault = { kind: 'answer', status: 500 };
  server.fault = when(({ path }) => path === '/a', inOrder(undefined, fault));
  const statuses = [];
  for (const path of ['/a', '/b', '/a', '/a']) statuses.push((await call(path)).status);
  expect(statuses).toEqual([200, 200, 500, 200]);
});

test('requests are told in order of arrival with their answer and fault', async () => {
  const { server, call, settled } = await start();
  server.fault = inOrder({ kind: 'resetInAnswer' }, { kind: 'answer', status: 500 });
  for (let n = 0; n < 3; n++) await call();
  expect(settled).toMatchObject([
    { fault: { kind: 'resetInAnswer' }, answer: { status: 200 } },
    { fault: { kind: 'answer', status: 500 } },
    { answer: { status: 200 } },
  ]);
});

test('a body over the limit is refused with 413', async () => {
  const { server, applied } = await start();
  const received = await call(server.url, { method: 'POST', body: 'x'.repeat(101) });
  expect(received.status).toBe(413);
  expect(applied).toEqual([]);
});

test('a fault hook that throws gives a 500 that says so', async () => {
  const { server, call } = await start();
  server.fault = () => {
    throw new Error('a bug in a test');
  };
  expect(await call()).toMatchObject({
    status: 500,
    text: 'The stand-in failed: Error: a bug in a test',
  });
});

test('a port that is taken is named', async () => {
  const { server } = await start();
  await expect(start({ port: server.port })).rejects.toThrow(`Cannot listen on localhost:${server.port}`);
});

test('an answer that takes its time arrives, gives way to a fault, and gives a 500 where it fails', async () => {
  const server = await startHttpServer({
    maxBodyBytes: 100,
    answer: async ({ path }) => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (path === '/bug') throw new Error('a bug in a stand-in');
      return { status: 200, body };
    },
  });
  onTestFinished(() => server.close());
  server.fault = inOrder(undefined, { kind: 'answer', status: 503 });
  const statuses = [];
  for (const path of ['/', '/', '/bug']) statuses.push((await call(`${server.url}${path}`)).status);
  expect(statuses).toEqual([200, 503, 500]);
});
