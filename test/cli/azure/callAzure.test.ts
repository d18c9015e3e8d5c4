import { afterEach, describe, expect, it } from 'vitest';
import { type AzureApi, openApi, RefusedError } from '../../../cli/azure/callAzure.ts';
import { itemsOf } from '../../../cli/azure/pages.ts';
import { UnreachableError } from '../../../cli/command/errors.ts';
import { listPartners } from '../../../cli/partners/listPartners.ts';
import { always, type FaultHook } from '../../../local/http/fault.ts';
import type { HttpRequest } from '../../../local/http/httpRequest.ts';
import type { HttpResponse } from '../../../local/http/httpResponse.ts';
import { type HttpServer, startHttpServer } from '../../../local/http/httpServer.ts';
import { hearNotes } from '../../helpers/notes.ts';
import { signedInService } from '../doctor/signedInService.ts';

type Handle = (request: HttpRequest) => HttpResponse;

let server: HttpServer | undefined;
afterEach(async () => {
  await server?.close();
});

const json = (status: number, body: unknown, headers = {}): HttpResponse => ({
  status,
  headers: { 'Content-Type': 'application/json', ...headers },
  body: JSON.stringify(body),
});

async function apiThat(handle: Handle, faultFor: FaultHook = () => undefined): Promise<AzureApi> {
  server = await startHttpServer({ maxBodyBytes: 1_000_000, handle, faultFor });
  return openApi({ ...signedInService(server.url), permissionHint: 'Ask for it.' });
}

/** Gives these responses one after the other, then the last one again. */
function inTurn(...responses: readonly HttpResponse[]): Handle {
  let next = 0;
  return () => responses[Math.min(next++, responses.length - 1)] ?? { status: 500 };
}

describe('a call', () => {
  it('hands over token and body, and gives the JSON of the response', async () => {
    const requests: HttpRequest[] = [];
    const api = await apiThat((request) => {
      requests.push(request);
      return json(201, { id: 1 });
    });
    expect(await api.call('/a?b=c', { method: 'POST', body: { d: 1 } })).toEqual({ id: 1 });
    expect(requests).toMatchObject([
      { method: 'POST', path: '/a?b=c', headers: { authorization: 'Bearer good' } },
    ]);
    expect(JSON.parse(String(requests[0]?.body))).toEqual({ d: 1 });
  });

  it('gives nothing for a response without a body', async () => {
    const api = await apiThat(() => ({ status: 204 }));
    expect(await api.call('/', { method: 'DELETE' })).toBeUndefined();
  });

  it('is made again while the API is busy, and says so if that takes long', async () => {
    const said = hearNotes();
    const busy = json(429, {}, { 'Retry-After': '3' });
    const api = await apiThat(inTurn(busy, json(503, {}, { 'Retry-After': '0' }), json(200, { id: 1 })));
    expect(await api.call('/')).toEqual({ id: 1 });
    expect(said).toEqual(['the stand-in is busy; trying again in 3 s …']);
  });

  it.each([
    [json(400, { error: { code: 'Bad', message: 'No such thing' } }), 400, 'No such thing.'],
    [json(403, { error: { message: 'Denied.' } }), 403, 'Denied. Ask for it.'],
    [{ status: 302, headers: { Location: 'https://attacker.example' } }, 302, 'A redirect, which'],
    [{ status: 401 }, 401, 'No reason was given.'],
    [{ status: 200, body: '<html>Sign in</html>' }, 200, 'The response is not JSON.'],
  ])('that is refused says why: %j', async (response, status, reason) => {
    const api = await apiThat(() => response);
    const refused = await api.call('/').catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(RefusedError);
    expect(refused).toMatchObject({ status, reason: expect.stringContaining(reason) });
    expect(String(refused)).toContain(`the stand-in responded with ${status}: ${reason}`);
  });

  it('gives up on an API that stays busy, with what it responded last', async () => {
    server = await startHttpServer({
      maxBodyBytes: 1,
      handle: () => ({ status: 429 }),
      faultFor: () => undefined,
    });
    const call = openApi(signedInService(server.url), { budgetMs: 0 }).call('/');
    await expect(call).rejects.toThrow(
      'the stand-in responded with 429: Too many requests; try again later.',
    );
  });

  it.each([
    ['resetBeforeApplying', 'Cannot reach the stand-in: the connection was lost. Try again.'],
    ['endless', 'the stand-in sends a response without an end.'],
  ] as const)('says what the network did: %s', async (kind, problem) => {
    const api = await apiThat(() => json(200, {}), always({ kind }));
    const call = api.call('/');
    await expect(call).rejects.toThrow(UnreachableError);
    await expect(call).rejects.toThrow(problem);
  });

  it('says that nothing listens, and what to do', async () => {
    const api = await apiThat(() => ({ status: 200 }));
    await server?.close();
    await expect(api.call('/')).rejects.toThrow('Cannot reach the stand-in: connection refused. Start it.');
  });
});

describe('a list', () => {
  const read = async (handle: Handle) => {
    const api = await apiThat(handle);
    return Array.fromAsync(itemsOf(api, '/list'), ({ id }) => id);
  };

  it.each(['x:3/steal', 'x:.attacker.example/p', 'x:@attacker.example/p', 'javascript:1', 'page=2', 7])(
    'does not end without a word, nor take the token elsewhere, at the link %j',
    async (nextLink) => {
      const asked: string[] = [];
      const pages = ({ path }: { path: string }) => {
        asked.push(path);
        return json(200, { value: [], nextLink });
      };
      await expect(read(pages)).rejects.toThrow('whose next page cannot be asked for');
      expect(asked).toEqual(['/list']);
    },
  );

  it('goes on where its links lead, and never to another host', async () => {
    const first = { value: [{ id: 1 }], '@odata.nextLink': 'https://attacker.example/list?page=2' };
    const second = { value: [{ id: 2 }], nextLink: 'https://attacker.example/list?page=3' };
    const pages = new Map<string, object>([
      ['/list', first],
      ['/list?page=2', second],
      ['/list?page=3', { value: [{ id: 3 }] }],
    ]);
    expect(await read(({ path }) => json(200, pages.get(path)))).toEqual([1, 2, 3]);
  });

  it.each<[string, (count: number) => string]>([
    ['to itself', () => '/list'],
    ['in a circle', (count) => `/list?page=${count % 3}`],
    ['on without an end', (count) => `/list?page=${count}`],
  ])('whose links lead %s ends', async (_, link) => {
    let count = 0;
    const endless = () => json(200, { value: [], nextLink: `https://localhost${link(++count)}` });
    await expect(read(endless)).rejects.toThrow('gives a list without an end');
    expect(count).toBeLessThanOrEqual(1_000);
  });
});

describe('partners', () => {
  const partner = { id: 'b3548526-e615-3785-3118-be70b3968ec5', enableConnection: true };

  it('come without the parameters of their agents, which hold tokens', async () => {
    const agentSetting = { installParameters: [{ value: 's3cret' }], agentUrl: 'https://a.example' };
    const listed = { ...partner, statusDetails: null, agentSetting, installToken: 's3cret' };
    const api = await apiThat(() => json(200, { value: [listed] }));
    expect(await listPartners(api)).toEqual([{ ...partner, agentSetting: { agentHost: 'a.example' } }]);
  });

  it('that cannot be read are an error, not a gap', async () => {
    const api = await apiThat(() => json(200, { value: [partner, { id: 'x', enableConnection: 'yes' }] }));
    await expect(listPartners(api)).rejects.toThrow('lists a partner that cannot be read, x.');
  });
});
