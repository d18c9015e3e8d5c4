import type { TokenCredential } from '@azure/identity';
import {
  AuthenticationHandler,
  AuthenticationHandlerOptions,
  Client,
  HTTPMessageHandler,
  ResponseType,
} from '@microsoft/microsoft-graph-client';
import { readGraphAnswer } from './graphAnswer.ts';
import type { Outcome, OutcomeError } from './outcome.ts';
import type { Attempt } from './retry.ts';
import { presentable } from './text.ts';

/** One PATCH on the wire, for the record. */
export type GraphCall = {
  readonly url: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly durationMs: number;
  readonly clientRequestId: string;
  /** Absent where no answer arrived. */
  readonly statusCode?: number;
  /** Graph's own id of the call. */
  readonly requestId?: string;
};

export type Graph = {
  /** Gets the token for one call, or says why there is none. */
  authorize(): Promise<{ readonly token: string } | { readonly noToken: OutcomeError }>;
  /** Sends one PATCH, at once. Never throws for a fault of the network or of Graph: that is an answer as well. */
  setEnableConnection(
    asked: { externalPartnerId: string; enableConnection: boolean },
    token: string,
    clientRequestId: string,
  ): Promise<{ answer: Attempt<Outcome>; call: GraphCall }>;
};

/**
 * The one call to Microsoft Graph beta: "Update cloudPcExternalPartner". Neither retries nor redirects: the
 * middleware chain holds only authentication and the HTTP call, and answers are read raw, because the client
 * takes an HTML page with status 200 for success and loses the headers of an error that is not JSON.
 */
export function createGraph({
  baseUrl,
  timeoutMs,
  credential,
}: {
  baseUrl: URL;
  /** For one call, its answer included, in milliseconds. */
  timeoutMs: number;
  credential: TokenCredential;
}): Graph {
  const getAccessToken = async () => {
    const token = await credential.getToken(`${baseUrl.origin}/.default`);
    if (!token) throw new Error('The managed identity answered without a token.');
    return token.token;
  };
  const authentication = new AuthenticationHandler({ getAccessToken });
  authentication.setNext(new HTTPMessageHandler());
  const client = Client.initWithMiddleware({
    middleware: authentication,
    baseUrl: baseUrl.origin,
    defaultVersion: 'beta',
    customHosts: new Set([baseUrl.hostname]),
  });

  return {
    async authorize() {
      try {
        return { token: await getAccessToken() };
      } catch (error) {
        const message = presentable(`The managed identity gave no token: ${error}`);
        return { noToken: { code: 'noToken', message } };
      }
    },

    async setEnableConnection(asked, token, clientRequestId) {
      const path = `/deviceManagement/virtualEndpoint/externalPartners/${asked.externalPartnerId}`;
      const startedAt = Date.now();
      const start = performance.now();
      const call = (response?: Response): GraphCall => {
        const requestId = response?.headers.get('request-id');
        return {
          url: `${baseUrl.origin}/beta${path}`,
          startedAt,
          durationMs: performance.now() - start,
          clientRequestId,
          ...(response && { statusCode: response.status }),
          ...(requestId && { requestId: presentable(requestId) }),
        };
      };
      let response: Response | undefined;
      try {
        response = (await client
          .api(path)
          .header('client-request-id', clientRequestId)
          .options({ signal: AbortSignal.timeout(timeoutMs), redirect: 'manual' })
          .middlewareOptions([new AuthenticationHandlerOptions({ getAccessToken: async () => token })])
          .responseType(ResponseType.RAW)
          .patch({
            '@odata.type': '#microsoft.graph.cloudPcExternalPartner',
            enableConnection: asked.enableConnection,
          })) as Response;
        const { status, headers } = response;
        const body = await response.text();
        return { answer: readGraphAnswer({ status, headers, body }, asked), call: call(response) };
      } catch (error) {
        return { answer: { tryAgain: networkError(error, timeoutMs) }, call: call(response) };
      }
    },
  };
}

function networkError(error: unknown, timeoutMs: number): OutcomeError {
  const { name = '', code = '', message = '' } = error as { name?: string; code?: string; message?: string };
  return name === 'TimeoutError' || code === 'TimeoutError'
    ? { code: 'timeout', message: `Graph did not answer within ${timeoutMs / 1000} s.` }
    : {
        code: 'networkError',
        message: presentable(`Graph could not be reached or broke off its answer: ${message}`),
      };
}
