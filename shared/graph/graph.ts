import type { TokenCredential } from '@azure/identity';
import type { Outcome } from '../contract/outcome.ts';
import type { ConnectionRequest } from '../contract/requestSchema.ts';
import type { ResultError } from '../contract/resultSchema.ts';
import type { Attempt } from '../kit/retry.ts';
import { sanitize } from '../kit/sanitize.ts';
import { type CallResult, createGraphClient, type GraphCall } from './graphClient.ts';
import { readGraphResponse } from './graphResponse.ts';

/** One attempt: what it led to, and the calls that it made. */
export type GraphAttempt = {
  /** `withheld`: the PATCH was not to leave any more, and no call was made. */
  readonly result: Attempt<Outcome | 'withheld'>;
  readonly calls: readonly GraphCall[];
};

export type Graph = {
  /** Gets a token ahead of the first attempt. Never rejects: the attempt will say why there is none. */
  prepare(): Promise<void>;
  /**
   * Makes one attempt, at once. A fault of the network, of Graph or of the identity is a result as well. Rejects with
   * what `mayLeave` throws. A PATCH on its way is not called back.
   */
  setEnableConnection(request: AttemptedRequest, options: AttemptOptions): Promise<GraphAttempt>;
  /** Reads the partner, at once: `unchanged`, with the partner, if Graph shows it. */
  readPartner(
    request: Pick<ConnectionRequest, 'externalPartnerId'>,
    clientRequestId: string,
  ): Promise<GraphAttempt>;
};

type AttemptedRequest = Pick<ConnectionRequest, 'externalPartnerId' | 'enableConnection'>;

type AttemptOptions = {
  /** A GUID that Graph's audit events carry, the same in every attempt for one request. */
  readonly clientRequestId: string;
  /** Asked once the token is there, right before the PATCH leaves. */
  readonly mayLeave: () => boolean;
};

/**
 * The one change in Microsoft Graph: "Update cloudPcExternalPartner".
 *
 * @param timeoutMs for the calls of one attempt, their responses included, in milliseconds
 */
export function createGraph({
  baseUrl,
  timeoutMs,
  credential,
  onSent,
}: {
  baseUrl: URL;
  timeoutMs: number;
  credential: TokenCredential;
  /** Called whenever a call is on the wire. */
  onSent?: () => void;
}): Graph {
  const callGraph = createGraphClient(baseUrl, onSent);

  async function authorize(): Promise<{ token: string } | { noToken: ResultError }> {
    try {
      const accessToken = await credential.getToken(`${baseUrl.origin}/.default`);
      if (!accessToken) throw new Error('It responded without a token.');
      return { token: accessToken.token };
    } catch (error) {
      const message = sanitize(`The managed identity gave no token: ${error}`);
      return { noToken: { code: 'noToken', message } };
    }
  }

  /** What a call led to, by what was asked for. */
  const resultOf = (
    called: CallResult,
    asked: Parameters<typeof readGraphResponse>[1],
    deadline: AbortSignal,
  ): Attempt<Outcome> => {
    if ('response' in called) return readGraphResponse(called.response, asked);
    return { tryAgain: deadline.aborted ? timedOut(timeoutMs) : networkError(called.failure) };
  };

  async function attempt(
    request: AttemptedRequest,
    { clientRequestId, mayLeave }: AttemptOptions,
  ): Promise<GraphAttempt> {
    const authorized = await authorize();
    if (!mayLeave()) return { result: { done: 'withheld' }, calls: [] };
    if ('noToken' in authorized) return { result: { tryAgain: authorized.noToken }, calls: [] };

    const { enableConnection } = request;
    const path = pathOf(request);
    const body = { '@odata.type': '#microsoft.graph.cloudPcExternalPartner', enableConnection };
    return withDeadline(timeoutMs, async (signal) => {
      const options = { token: authorized.token, clientRequestId, signal };
      const patched = await callGraph(path, { ...options, body });
      const result = resultOf(patched, request, signal);
      if (!isUnclearSuccess(patched, result)) return { result, calls: [patched.call] };
      // What counts is the state that the partner is in now.
      const current = await callGraph(path, options);
      const shown = resultOf(current, request, signal);
      const isApplied = 'done' in shown && shown.done.outcome === 'applied';
      return { result: isApplied ? shown : result, calls: [patched.call, current.call] };
    });
  }

  return {
    async prepare() {
      await authorize();
    },

    setEnableConnection: attempt,

    async readPartner({ externalPartnerId }, clientRequestId) {
      const authorized = await authorize();
      if ('noToken' in authorized) return { result: { tryAgain: authorized.noToken }, calls: [] };
      const { token } = authorized;
      return withDeadline(timeoutMs, async (signal) => {
        const called = await callGraph(pathOf({ externalPartnerId }), { token, clientRequestId, signal });
        return { result: asUnchanged(resultOf(called, { externalPartnerId }, signal)), calls: [called.call] };
      });
    },
  };
}

function pathOf({ externalPartnerId }: Pick<ConnectionRequest, 'externalPartnerId'>): string {
  return `/deviceManagement/virtualEndpoint/externalPartners/${externalPartnerId}`;
}

/** A partner that was only read. */
function asUnchanged(result: Attempt<Outcome>): Attempt<Outcome> {
  if (!('done' in result) || result.done.outcome !== 'applied') return result;
  const reason = {
    code: 'validateOnly',
    message: 'Everything was checked, and nothing was changed.',
  } as const;
  return { done: { outcome: 'unchanged', reason, partner: result.done.partner } };
}

/** A success that does not show the partner, such as a 204: the change may have been made all the same. */
function isUnclearSuccess(called: CallResult, result: Attempt<Outcome>): boolean {
  return 'response' in called && called.response.status < 300 && 'tryAgain' in result;
}

/** Not AbortSignal.timeout: that keeps what belongs to a call in memory until the time is up. */
async function withDeadline<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), ms);
  try {
    return await work(deadline.signal);
  } finally {
    clearTimeout(timer);
  }
}

function timedOut(timeoutMs: number): ResultError {
  return { code: 'timeout', message: `Graph did not respond within ${timeoutMs / 1000} s.` };
}

function networkError(failure: string): ResultError {
  const message = sanitize(`Graph could not be reached or broke off its response: ${failure}`);
  return { code: 'networkError', message };
}
