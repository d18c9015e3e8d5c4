import type { TokenCredential } from '@azure/identity';
import { Client, type Context, ResponseType } from '@microsoft/microsoft-graph-client';
import { readGraphResponse } from './graphResponse.ts';
import type { Outcome, OutcomeError } from './outcome.ts';
import type { Attempt } from './retry.ts';
import { sanitize } from './sanitize.ts';

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
 * The one call to Microsoft Graph beta: "Update cloudPcExternalPartner". Neither retries nor redirects: the only
 * middleware is the HTTP call, and answers are read raw, because the client takes an HTML page with status 200 for
 * success and loses the headers of an error that is not JSON.
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
  const client = Client.initWithMiddleware({
    middleware: { execute: send },
    baseUrl: baseUrl.origin,
    defaultVersion: 'beta',
  });

  return {
    async authorize() {
      try {
        const accessToken = await credential.getToken(`${baseUrl.origin}/.default`);
        if (!accessToken) throw new Error('It answered without a token.');
        return { token: accessToken.token };
      } catch (error) {
        const message = sanitize(`The managed identity gave no token: ${error}`);
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
          ...(requestId && { requestId: sanitize(requestId) }),
        };
      };
      // Not AbortSignal.timeout: that keeps what belongs to the call in memory until the time is up.
      const timeout = new AbortController();
      const timer = setTimeout(() => timeout.abort(), timeoutMs);
      let response: Response | undefined;
      try {
        response = (await client
          .api(path)
          .headers({ authorization: `Bearer ${token}`, 'client-request-id': clientRequestId })
          .options({ signal: timeout.signal, redirect: 'manual' })
          .responseType(ResponseType.RAW)
          .patch({
            '@odata.type': '#microsoft.graph.cloudPcExternalPartner',
            enableConnection: asked.enableConnection,
          })) as Response;
        const { status, headers } = response;
        const body = await response.text();
        return { answer: readGraphResponse({ status, headers, body }, asked), call: call(response) };
      } catch (error) {
        const tryAgain = timeout.signal.aborted ? timedOut(timeoutMs) : networkError(error as Error);
        return { answer: { tryAgain }, call: call(response) };
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

/** Sends a request, and says why that failed: the client passes on no more of an error than its message. */
async function send(context: Context): Promise<void> {
  try {
    context.response = await fetch(context.request, context.options);
  } catch (error) {
    const { cause = error } = error as { cause?: unknown };
    const { code, message } = cause as { code?: string; message?: string };
    throw new Error([code, message].filter(Boolean).join(': '));
  }
}

function timedOut(timeoutMs: number): OutcomeError {
  return { code: 'timeout', message: `Graph did not answer within ${timeoutMs / 1000} s.` };
}

function networkError({ message }: Error): OutcomeError {
  const text = sanitize(`Graph could not be reached or broke off its answer: ${message}`);
  return { code: 'networkError', message: text };
}
