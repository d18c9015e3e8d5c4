import { expect, it, onTestFinished, vi } from 'vitest';
import { type Fault, inOrder } from '../../../local/http/fault.ts';
import { startStandInServer } from '../../../local/http/standInServer.ts';
import { call } from './httpClient.ts';

async function start(faults: readonly (Fault | undefined)[] = [], { keep = 100, latencyMs = 0 } = {}) {
  const server = await startStandInServer({
    maxBodyBytes: 100,
    keep,
    latencyMs,
    handle: ({ path }) => ({ status: path === '/missing' ? 404 : 200, body: 'a body' }),
    faultFor: inOrder(...faults),
    details: (_request, response) => ({ wasHandled: response !== undefined }),
  });
  onTestFinished(() => server.close());
  return { server, call: (path = '/') => call(`${server.url}${path}`) };
}

/** Waits until something is there. */
function eventually<T>(find: () => T | undefined): Promise<T> {
  const look = () => {
    const found = find();
    if (found === undefined) throw new Error('It never came.');
    return found;
  };
  return vi.waitFor(look, { timeout: 120_000, interval: 5 });
}

it('the journal has every request in order of arrival, with the status that the client gets', async () => {
  const { server, call } = await start([
    { kind: 'resetDuringResponse' },
    { kind: 'response', status: 500 },
    { kind: 'resetAfterApplying' },
    { kind: 'resetBeforeApplying' },
  ]);
  for (let n = 0; n < 4; n++) await call().catch(() => undefined);
  await call('/missing');
  expect(server.journal).toMatchObject([
    { index: 0, method: 'GET', path: '/', fault: 'resetDuringResponse', status: 200, wasHandled: true },
    { index: 1, fault: 'response', status: 500, wasHandled: false },
    { index: 2, fault: 'resetAfterApplying', wasHandled: true },
    { index: 3, fault: 'resetBeforeApplying', wasHandled: false },
    { index: 4, path: '/missing', status: 404, wasHandled: true },
  ]);
  for (const index of [2, 3]) expect(server.journal[index]).not.toHaveProperty('status');
  expect(server.journal[4]).not.toHaveProperty('fault');
});

it('an entry says when its response was sent, not when it was decided', async () => {
  const delayMs = 300;
  const { server, call } = await start([undefined, { kind: 'delay', delayMs }]);
  await call();
  const delayed = call();
  const [atOnce] = server.journal;
  expect(atOnce?.respondedAt).toBeGreaterThanOrEqual(atOnce?.receivedAt ?? Number.NaN);
  const late = await eventually(() => server.journal[1]);
  const lateResponse = await eventually(() => late.respondedAt);
  expect(lateResponse - late.receivedAt).toBeGreaterThanOrEqual(delayMs - 1);
  await delayed;
});

it('a response that a client has received was sent before', async () => {
  const { server, call } = await start([undefined, { kind: 'trickle', everyMs: 1, forMs: 60_000 }], {
    latencyMs: 1,
  });
  for (let n = 0; n < 3; n++) {
    await call();
    const receivedByClientAt = Date.now();
    expect(server.journal[n]?.respondedAt).toBeLessThanOrEqual(receivedByClientAt);
  }
});

it('an entry whose response was never sent in full has no time for it', async () => {
  const { server, call } = await start([{ kind: 'resetDuringResponse' }, { kind: 'resetBeforeApplying' }]);
  await call();
  await call().catch(() => undefined);
  await call();
  expect(server.journal.map(({ respondedAt }) => typeof respondedAt)).toEqual([
    'undefined',
    'undefined',
    'number',
  ]);
});

it('a listener hears of every request from then on, until it is taken off', async () => {
  const { server, call } = await start();
  await call('/before');
  const heard: string[] = [];
  const stop = server.onEntry(({ path }) => heard.push(path));
  await call('/heard');
  stop();
  await call('/after');
  expect(heard).toEqual(['/heard']);
});

it('a small journal keeps the latest requests, and one that is switched off keeps none', async () => {
  const small = await start([], { keep: 2 });
  for (let n = 0; n < 5; n++) await small.call();
  expect(small.server.journal.map(({ index }) => index)).toEqual([3, 4]);
  const off = await start([], { keep: 0 });
  const heard: number[] = [];
  off.server.onEntry(({ index }) => heard.push(index));
  await off.call();
  expect(off.server.journal).toEqual([]);
  expect(heard).toEqual([0]);
});
