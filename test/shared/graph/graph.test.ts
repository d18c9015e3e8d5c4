import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type GraphStandIn, startGraph } from '../../../local/graph/graph.ts';
import {
  graphFault,
  json,
  redirect,
  serviceUnavailable,
  throttled,
} from '../../../local/graph/graphFault.ts';
import { samplePartners } from '../../../local/graph/samplePartners.ts';
import { type Fault, inOrder } from '../../../local/http/fault.ts';
import type { HttpRequest } from '../../../local/http/httpRequest.ts';
import { createGraph } from '../../../shared/graph/graph.ts';
import { trustedCertificate } from '../../helpers/trust.ts';

const [{ id, partnerId }] = samplePartners;
const clientRequestId = '11111111-1111-4111-8111-111111111111';
const token = { token: 'a-token', expiresOnTimestamp: Number.MAX_SAFE_INTEGER };
const path = `/beta/deviceManagement/virtualEndpoint/externalPartners/${id}`;

let standIn: GraphStandIn;
let requests: HttpRequest[];

beforeAll(async () => {
  standIn = await startGraph({ tls: await trustedCertificate() });
});
afterAll(() => standIn.close());
afterEach(() => {
  vi.useRealTimers();
});

/** What the next requests meet. */
function setFaults(...faults: readonly (Fault | undefined)[]): void {
  const hook = inOrder(...faults);
  requests = [];
  standIn.fault = (request) => {
    requests.push(request);
    return hook(request);
  };
}

type GraphOptions = {
  getToken?: () => Promise<typeof token | null>;
  timeoutMs?: number;
  onSent?: () => void;
  baseUrl?: URL;
};

function aGraph({
  getToken = async () => token,
  timeoutMs = 30_000,
  onSent = () => {},
  baseUrl = new URL(standIn.url),
}: GraphOptions = {}) {
  const scopes: unknown[] = [];
  const graph = createGraph({
    baseUrl,
    timeoutMs,
    onSent,
    credential: {
      getToken: (scope) => {
        scopes.push(scope);
        return getToken();
      },
    },
  });
  return { graph, scopes };
}

/** One attempt to enable the partner. */
function anAttempt(options: GraphOptions = {}, mayLeave: () => boolean = () => true) {
  return aGraph(options).graph.setEnableConnection(
    { externalPartnerId: id, enableConnection: true },
    { clientRequestId, mayLeave },
  );
}

describe('an attempt', () => {
  it('is one PATCH with the token for Graph, the body that Graph documents and the id for its audit events', async () => {
    setFaults();
    const { graph, scopes } = aGraph();
    const { result } = await graph.setEnableConnection(
      { externalPartnerId: id, enableConnection: true },
      { clientRequestId, mayLeave: () => true },
    );
    expect(result).toMatchObject({
      done: { outcome: 'applied', partner: { id, partnerId, enableConnection: true } },
    });
    expect(scopes).toEqual([`${standIn.url}/.default`]);
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({
      method: 'PATCH',
      path,
      headers: {
        authorization: 'Bearer a-token',
        'accept-encoding': 'identity',
        'client-request-id': clientRequestId,
        'content-type': 'application/json',
        'user-agent': 'external-partner-connection',
      },
    });
    expect(JSON.parse(String(requests[0]?.body))).toEqual({
      '@odata.type': '#microsoft.graph.cloudPcExternalPartner',
      enableConnection: true,
    });
  });

  it("notes its call with the status and Graph's own id of it", async () => {
    setFaults(graphFault(503, 'Busy', 'No.', { 'request-id': 'r-1\u0085', 'retry-after': '7' }));
    const before = Date.now();
    const { calls, result } = await anAttempt();
    expect(calls).toEqual([
      {
        method: 'PATCH',
        url: `${standIn.url}${path}`,
        startedAt: expect.any(Number),
        durationMs: expect.any(Number),
        clientRequestId,
        statusCode: 503,
        requestId: 'r-1',
      },
    ]);
    expect(calls[0]?.startedAt).toBeGreaterThanOrEqual(before);
    expect(calls[0]?.durationMs).toBeGreaterThan(0);
    expect(calls[0]?.durationMs).toBeLessThanOrEqual(Date.now() - before + 1);
    expect(result).toMatchObject({ tryAgain: { code: 'Busy', statusCode: 503 }, retryAfterMs: 7_000 });
  });

  it('is not repeated and not redirected by the client', async () => {
    for (const fault of [throttled('0'), serviceUnavailable(), redirect(`${standIn.url}/elsewhere`)]) {
      setFaults(fault);
      expect((await anAttempt()).calls).toHaveLength(1);
      expect(requests).toHaveLength(1);
    }
  });

  it('that gets no response says why, and notes a call without a status', async () => {
    setFaults({ kind: 'resetBeforeApplying' });
    const { calls, result } = await anAttempt();
    expect(result).toMatchObject({
      tryAgain: {
        code: 'networkError',
        message: expect.stringMatching(
          /^Graph could not be reached or broke off its response: ECONNRESET: ./,
        ),
      },
    });
    expect(calls).toEqual([expect.not.objectContaining({ statusCode: expect.anything() })]);
    expect(calls[0]).not.toHaveProperty('requestId');
  });

  it('that finds no such host tells of it in plain text, without what looks like a credential', async () => {
    // A label as long as this is not a name: nobody is asked for its address.
    const { graph } = aGraph({ baseUrl: new URL(`https://eyJ${'x'.repeat(80)}.example`) });
    const { result } = await graph.setEnableConnection(
      { externalPartnerId: id, enableConnection: true },
      { clientRequestId, mayLeave: () => true },
    );
    expect(result).toMatchObject({
      tryAgain: { code: 'networkError', message: expect.stringMatching(/: E[A-Z_]+: .* \[redacted\]/) },
    });
  });

  it('whose response breaks off notes the status that it saw', async () => {
    setFaults({ kind: 'resetDuringResponse' });
    const { calls, result } = await anAttempt();
    expect(result).toMatchObject({
      tryAgain: { code: 'networkError', message: expect.stringMatching(/: ECONNRESET: aborted$/) },
    });
    expect(calls).toMatchObject([{ statusCode: 200 }]);
  });

  it.each<Fault>([
    { kind: 'hang' },
    { kind: 'trickle', everyMs: 5, forMs: 60_000 },
    { kind: 'trickle', everyMs: 5, forMs: 60_000, hasLength: false },
    { kind: 'response', status: 101, headers: { Connection: 'Upgrade', Upgrade: 'other' } },
  ])('is given up after the timeout: %j', async (fault) => {
    setFaults(fault);
    const { result, calls } = await anAttempt({ timeoutMs: 200 });
    expect(result).toEqual({
      tryAgain: { code: 'timeout', message: 'Graph did not respond within 0.2 s.' },
    });
    expect(calls).toHaveLength(1);
  });
});

describe('a response that never ends', () => {
  it('of a success is cut, and the partner is read instead', async () => {
    setFaults({ kind: 'endless' });
    const { calls, result } = await anAttempt();
    expect(calls.map(({ method, statusCode }) => [method, statusCode])).toEqual([
      ['PATCH', 200],
      ['GET', 200],
    ]);
    expect(result).toMatchObject({ done: { outcome: 'applied', partner: { id, enableConnection: true } } });
  });

  it('is not a response to the partner being read either', async () => {
    setFaults({ kind: 'endless' }, { kind: 'endless' });
    expect(await anAttempt()).toMatchObject({ result: { tryAgain: { code: 'unexpectedResponse' } } });
  });

  it('of an error still says its status', async () => {
    setFaults({ kind: 'endless', status: 404 });
    expect(await anAttempt()).toMatchObject({
      result: { done: { outcome: 'rejected', error: { code: 'http404', statusCode: 404 } } },
    });
  });

  it.each([
    [262_144, { done: { outcome: 'applied' } }],
    [262_145, { tryAgain: { code: 'unexpectedResponse' } }],
  ])('ends for this app after 256 KiB: %i bytes', async (bytes, expected) => {
    const partner = JSON.stringify({ id, enableConnection: true });
    const fault = json(200, `${partner.slice(0, -1).padEnd(bytes - 1)}}`);
    setFaults(fault, fault);
    expect(await anAttempt()).toMatchObject({ result: expected });
  });
});

describe('a success that does not show the partner', () => {
  it('is followed by a GET of the partner, which tells the state', async () => {
    setFaults({ kind: 'response', status: 204, apply: true });
    const { calls, result } = await anAttempt();
    expect(result).toMatchObject({ done: { outcome: 'applied', partner: { id, enableConnection: true } } });
    expect(calls.map(({ method, statusCode }) => [method, statusCode])).toEqual([
      ['PATCH', 204],
      ['GET', 200],
    ]);
    expect(requests[1]).toMatchObject({
      method: 'GET',
      path,
      headers: { authorization: 'Bearer a-token', 'client-request-id': clientRequestId },
    });
  });

  it.each<[string, Fault]>([
    ['shows another state', json(200, { id, enableConnection: false })],
    ['is refused', json(404, '')],
    ['finds Graph busy', throttled('60')],
    ['gets no response', { kind: 'resetBeforeApplying' }],
  ])('is tried again if the GET %s', async (_, fault) => {
    setFaults({ kind: 'response', status: 202 }, fault);
    const { calls, result } = await anAttempt();
    expect(result).toEqual({
      tryAgain: expect.objectContaining({ code: 'unexpectedResponse', statusCode: 202 }),
    });
    expect(calls).toHaveLength(2);
  });

  it('gives the GET no more than the rest of the time', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    setFaults({ kind: 'response', status: 204 }, { kind: 'hang' });
    const { fault } = standIn;
    standIn.fault = (request) => {
      vi.advanceTimersByTime(request.method === 'PATCH' ? 29_999 : 1);
      return fault?.(request);
    };
    const { calls, result } = await anAttempt({ timeoutMs: 30_000 });
    expect(result).toMatchObject({ tryAgain: { code: 'unexpectedResponse', statusCode: 204 } });
    expect(calls).toHaveLength(2);
  });
});

describe('an attempt without a token', () => {
  it.each<[string, () => Promise<typeof token | null>, string]>([
    [
      'is refused',
      async () => Promise.reject(new Error('No identity. Bearer s3cret')),
      'No identity. [redacted]',
    ],
    ['is missing', async () => null, 'without a token'],
  ])('that %s makes no call and says why', async (_, getToken, reason) => {
    setFaults();
    const { calls, result } = await anAttempt({ getToken });
    expect(result).toEqual({
      tryAgain: {
        code: 'noToken',
        message: expect.stringContaining('The managed identity gave no token: Error: '),
      },
    });
    expect('tryAgain' in result && result.tryAgain.message).toContain(reason);
    expect(calls).toEqual([]);
    expect(requests).toEqual([]);
  });

  it('says when its PATCH is on the wire, not before and not without one', async () => {
    const seen: number[] = [];
    const onSent = () => seen.push(requests.length);
    setFaults();
    await anAttempt({ getToken: async () => null, onSent });
    expect(seen).toEqual([]);
    await anAttempt({ onSent });
    expect(seen).toHaveLength(1);
  });

  it('is nothing that preparing fails for', async () => {
    const { graph, scopes } = aGraph({ getToken: () => Promise.reject(new Error('No identity.')) });
    await graph.prepare();
    expect(scopes).toEqual([`${standIn.url}/.default`]);
  });
});

describe('while an attempt waits for its token', () => {
  it.each([async () => token, async () => Promise.reject(new Error('No identity.'))])(
    'its PATCH may be withheld, and then no call is made',
    async (getToken) => {
      setFaults();
      let isWanted = true;
      const changesMind = () => {
        isWanted = false;
        return getToken();
      };
      expect(await anAttempt({ getToken: changesMind }, () => isWanted)).toEqual({
        result: { done: 'withheld' },
        calls: [],
      });
      expect(requests).toEqual([]);
    },
  );

  it('it may be stopped, and then no call is made', async () => {
    setFaults();
    const stop = new AbortController();
    const getToken = async () => {
      stop.abort(new Error('taken over'));
      return token;
    };
    const mayLeave = () => {
      stop.signal.throwIfAborted();
      return true;
    };
    await expect(anAttempt({ getToken }, mayLeave)).rejects.toThrow('taken over');
    expect(requests).toEqual([]);
  });
});
