import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { always, type Fault } from '../../../local/http/fault.ts';
import { type IdentityStandIn, startIdentity } from '../../../local/identity/identity.ts';
import { managedIdentity } from '../../../shared/graph/managedIdentity.ts';

const MINUTE_MS = 60 * 1000;
const HOUR_MS = 60 * MINUTE_MS;
const userClientId = '33333333-3333-4333-8333-333333333333';

let identity: IdentityStandIn;
let scope: string;
let resources = 0;

// The credential keeps its first endpoint, and its cache, for the life of the process.
beforeAll(async () => {
  identity = await startIdentity({ userClientIds: [userClientId] });
  vi.stubEnv('IDENTITY_ENDPOINT', identity.endpoint);
  vi.stubEnv('IDENTITY_HEADER', identity.header);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await identity.close();
});
beforeEach(async () => {
  identity.fault = undefined;
  await identity.refuse(false);
  scope = `https://graph-${++resources}.example/.default`;
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** The requests for tokens that this test led to. */
const requests = () => identity.journal.filter(({ resource }) => `${resource}/.default` === scope);
const moveClock = (ms: number) => vi.setSystemTime(Date.now() + ms);

/** Waits until the identity endpoint has seen so many requests. */
async function requestsSeen(count: number): Promise<void> {
  for (let waits = 0; requests().length < count; waits++) {
    if (waits > 2_000) throw new Error(`The identity endpoint saw ${requests().length} requests.`);
    await sleep(10);
  }
}

describe('a managed identity', () => {
  it('asks for one token for callers that come together, and keeps it', async () => {
    const { getToken } = managedIdentity();
    const tokens = await Promise.all(Array.from({ length: 16 }, () => getToken(scope)));
    moveClock(11 * HOUR_MS);
    tokens.push(await getToken(scope));
    expect(new Set(tokens.map((token) => token?.token)).size).toBe(1);
    expect(requests()).toHaveLength(1);
  });

  it('asks as the user-assigned identity that it was given', async () => {
    await managedIdentity(userClientId).getToken(scope);
    expect(requests()).toEqual([expect.objectContaining({ clientId: userClientId })]);
  });

  it.each(['http://localhost:1', 'no address'])('asks without a proxy, such as %s', async (proxy) => {
    const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'all_proxy'];
    for (const name of names) vi.stubEnv(name, proxy);
    try {
      expect(await managedIdentity().getToken(scope)).toHaveProperty('token');
      for (const name of names) expect(process.env[name]).toBe(proxy);
    } finally {
      for (const name of names) vi.stubEnv(name, undefined);
    }
  });

  it('says why there is no token, and asks again for the next caller', async () => {
    const { getToken } = managedIdentity('44444444-4444-4444-8444-444444444444');
    await expect(getToken(scope)).rejects.toThrow(/Managed Identity|identity/i);
    await expect(getToken(scope)).rejects.toThrow();
    expect(requests().length).toBeGreaterThanOrEqual(2);
  });

  it.each<[string, Fault | 'refuse']>([
    ['refuses the connection', 'refuse'],
    ['resets the connection', { kind: 'resetBeforeApplying' }],
    ['hangs', { kind: 'hang' }],
    ['responds with HTML', { kind: 'response', status: 200, body: '<html>' }],
    ['responds with 500', { kind: 'response', status: 500, body: '{}' }],
    ['responds with 400', { kind: 'response', status: 400, body: '{}' }],
  ])('goes on with a token that is good for hours while its endpoint %s', async (_, fault) => {
    const { getToken } = managedIdentity();
    const first = await getToken(scope);
    if (fault === 'refuse') await identity.refuse(true);
    else identity.fault = always(fault);
    moveClock(13 * HOUR_MS);
    for (let calls = 0; calls < 3; calls++) expect(await getToken(scope)).toEqual(first);
  });

  it('gets a new token in the background, for the next caller', async () => {
    const { getToken } = managedIdentity();
    const first = await getToken(scope);
    moveClock(13 * HOUR_MS);
    expect(await getToken(scope)).toEqual(first);
    await requestsSeen(2);
    await vi.waitFor(async () => expect((await getToken(scope))?.token).not.toBe(first?.token), 10_000);
    expect(requests()).toHaveLength(2);
  });

  it('waits for a new token once the old one has expired, and fails if there is none', async () => {
    const { getToken } = managedIdentity();
    const first = await getToken(scope);
    moveClock(24 * HOUR_MS);
    const second = await getToken(scope);
    expect(second?.token).not.toBe(first?.token);
    identity.fault = always({ kind: 'response', status: 400, body: '{}' });
    moveClock(25 * HOUR_MS);
    await expect(getToken(scope)).rejects.toThrow();
  });

  it('renews a token of which no renewal time is known ten minutes before it expires', async () => {
    let requests = 0;
    const { getToken } = managedIdentity(undefined, {
      getToken: async () => ({ token: `t${++requests}`, expiresOnTimestamp: Date.now() + HOUR_MS }),
    });
    await getToken(scope);
    moveClock(49 * MINUTE_MS);
    expect(await getToken(scope)).toMatchObject({ token: 't1' });
    expect(requests).toBe(1);
    moveClock(2 * MINUTE_MS);
    expect(await getToken(scope)).toMatchObject({ token: 't1' });
    await vi.waitFor(async () => expect(await getToken(scope)).toMatchObject({ token: 't2' }), 10_000);
    expect(requests).toBe(2);
  });

  it('says so if the response holds no token', async () => {
    const { getToken } = managedIdentity(undefined, { getToken: async () => null });
    await expect(getToken(scope)).rejects.toThrow('The identity endpoint responded without a token.');
  });

  it('gives up a first token request that hangs, and then makes a new one', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
    const accessToken = { token: 't', expiresOnTimestamp: Date.now() + HOUR_MS };
    const responses = [new Promise<never>(() => {}), Promise.resolve(accessToken)];
    const { getToken } = managedIdentity(undefined, { getToken: async () => responses.shift() ?? null });
    const hanging = expect(getToken(scope)).rejects.toThrow('The identity endpoint did not respond.');
    await vi.advanceTimersByTimeAsync(20_000);
    await hanging;
    expect(await getToken(scope)).toBe(accessToken);
  });
});
