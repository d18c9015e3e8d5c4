import { ManagedIdentityCredential } from '@azure/identity';
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { inOrder } from '../../../local/http/fault.ts';
import { type IdentityStandIn, startIdentity } from '../../../local/identity/identity.ts';
import { call } from '../http/httpClient.ts';

const resource = 'https://graph.microsoft.com';
const userClientId = 'b2c7d3e9-1f50-4b68-8c4d-8e6f3a912ad5';
let identity: IdentityStandIn;

beforeEach(async () => {
  identity = await startIdentity({ userClientIds: [userClientId] });
});
afterEach(() => identity.close());

async function ask(query: Record<string, string>, headers: Record<string, string> = {}) {
  const url = `${identity.endpoint}?${new URLSearchParams({ 'api-version': '2019-08-01', ...query })}`;
  const { status, text } = await call(url, { headers: { 'X-IDENTITY-HEADER': identity.header, ...headers } });
  return { status, json: JSON.parse(text) };
}

it('a token is issued for the resource, and the stand-in accepts it for that resource only', async () => {
  const { status, json } = await ask({ resource });
  expect(status).toBe(200);
  expect(json).toEqual({
    access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
    client_id: expect.any(String),
    expires_on: expect.stringMatching(/^\d+$/),
    resource,
    token_type: 'Bearer',
  });
  const claims = JSON.parse(Buffer.from(json.access_token.split('.')[1], 'base64url').toString());
  expect(claims).toMatchObject({ aud: resource, appid: json.client_id, exp: Number(json.expires_on) });
  expect(identity.accepts(json.access_token)).toBe(true);
  expect(identity.accepts(json.access_token, resource)).toBe(true);
  expect(identity.accepts(json.access_token, 'https://monitor.azure.com')).toBe(false);
  expect(identity.accepts('a.forged.token')).toBe(false);
});

it('every token is another one, and a revoked or expired one is not accepted', async () => {
  const first = (await ask({ resource })).json.access_token;
  const second = (await ask({ resource })).json.access_token;
  expect(first).not.toBe(second);
  expect(identity.issued.size).toBe(2);
  identity.issued.delete(first);
  identity.lifetimeSeconds = -60;
  const expired = (await ask({ resource })).json.access_token;
  expect([first, second, expired].map((token) => identity.accepts(token))).toEqual([false, true, false]);
});

it('a user-assigned identity is asked for by client id, and an unknown one is 400', async () => {
  const { json } = await ask({ resource, client_id: userClientId });
  expect(json.client_id).toBe(userClientId);
  const unknown = await ask({ resource, client_id: '00000000-0000-0000-0000-000000000000' });
  expect(unknown).toMatchObject({ status: 400, json: { statusCode: 400 } });
});

it('a request without the secret, the resource or the version is refused', async () => {
  expect((await ask({ resource }, { 'X-IDENTITY-HEADER': 'wrong' })).status).toBe(401);
  expect((await ask({})).status).toBe(400);
  expect((await ask({ resource, 'api-version': '2017-09-01' })).status).toBe(400);
  expect((await call(identity.url)).status).toBe(404);
  expect(identity.issued.size).toBe(0);
});

it('the journal and its listeners see the request and its fault, never the token', async () => {
  const heard: unknown[] = [];
  identity.onEntry((request) => heard.push(request));
  identity.fault = inOrder({ kind: 'response', status: 500, body: '{}' });
  await ask({ resource });
  const { json } = await ask({ resource, client_id: userClientId });
  expect(identity.journal).toMatchObject([
    { index: 0, resource, status: 500, fault: 'response' },
    { index: 1, resource, clientId: userClientId, status: 200 },
  ]);
  expect(heard).toEqual(identity.journal);
  expect(JSON.stringify(identity.journal)).not.toContain(json.access_token);
});

it('the real credential gets its token here, and says so if the endpoint refuses', async () => {
  // In one test because @azure/identity keeps the endpoint for the life of the process.
  vi.stubEnv('IDENTITY_ENDPOINT', identity.endpoint);
  vi.stubEnv('IDENTITY_HEADER', identity.header);
  // The credential counts from its own clock, in whole seconds.
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => {
    vi.unstubAllEnvs();
    vi.useRealTimers();
  });
  const getToken = (clientId: string) =>
    new ManagedIdentityCredential({ clientId }).getToken(`${resource}/.default`);

  const { token, expiresOnTimestamp } = await getToken(userClientId);
  expect(identity.accepts(token, resource)).toBe(true);
  expect(expiresOnTimestamp).toBe((identity.issued.get(token) ?? 0) * 1000);

  const unknown = getToken('00000000-0000-0000-0000-000000000000');
  await expect(unknown).rejects.toThrow('No User Assigned or Delegated Managed Identity found');
});
