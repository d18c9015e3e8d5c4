import { Client, type Context, type GraphRequest, ResponseType } from '@microsoft/microsoft-graph-client';
import type { GraphResponse } from './graphResponse.ts';
import { sanitize } from './sanitize.ts';
import { whenSent } from './whenSent.ts';

/** One call on the wire, for the record. */
export type GraphCall = {
  readonly method: 'PATCH' | 'GET';
  readonly url: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly durationMs: number;
  readonly clientRequestId: string;
  /** Absent if no response arrived. */
  readonly statusCode?: number;
  /** Graph's own id of the call. */
  readonly requestId?: string;
};

/** A call and its whole response, or what prevented that response. */
export type CallResult = { readonly call: GraphCall } & (
  | { readonly response: GraphResponse }
  | { readonly failure: string }
);

export type CallOptions = {
  readonly token: string;
  readonly clientRequestId: string;
  readonly signal: AbortSignal;
  /** A PATCH with this body; a GET without one. */
  readonly body?: object;
  /** Called once the request is on the wire. */
  readonly onSent?: (() => void) | undefined;
};

/**
 * Calls Microsoft Graph beta, once for each call: the only middleware is the HTTP call, which neither retries nor
 * follows redirects. Responses are read raw, because the client takes an HTML page with status 200 for success and
 * loses the headers of an error that is not JSON.
 */
export function createGraphClient(baseUrl: URL): (path: string, options: CallOptions) => Promise<CallResult> {
  const client = Client.initWithMiddleware({
    middleware: { execute: sendOnce },
    baseUrl: baseUrl.origin,
    defaultVersion: 'beta',
  });

  return async (path, { token, clientRequestId, signal, body, onSent = () => {} }) => {
    const startedAt = Date.now();
    const start = performance.now();
    const method = body ? 'PATCH' : 'GET';
    const note = (response?: Response): GraphCall => {
      const requestId = response?.headers.get('request-id');
      return {
        method,
        url: `${baseUrl.origin}/beta${path}`,
        startedAt,
        durationMs: performance.now() - start,
        clientRequestId,
        ...(response && { statusCode: response.status }),
        ...(requestId && { requestId: sanitize(requestId) }),
      };
    };
    const request: GraphRequest = client
      .api(path)
      .headers({ authorization: `Bearer ${token}`, 'client-request-id': clientRequestId })
      .options({ signal, redirect: 'manual' })
      .responseType(ResponseType.RAW);
    let response: Response | undefined;
    try {
      const call = () => (body ? request.patch(body) : request.get());
      response = (await whenSent(`/beta${path}`, onSent, call)) as Response;
      const { status, headers } = response;
      return { response: { status, headers, body: await response.text() }, call: note(response) };
    } catch (error) {
      return { failure: (error as Error).message, call: note(response) };
    }
  };
}

/**
 * Sends a request once, as the only middleware of a client. Says why that failed: the client passes on no more of an
 * error than its message.
 */
export async function sendOnce(context: Context): Promise<void> {
  try {
    context.response = await fetch(context.request, context.options);
  } catch (error) {
    const { cause = error } = error as { cause?: unknown };
    const { code, message } = cause as { code?: string; message?: string };
    throw new Error([code, message].filter(Boolean).join(': '));
  }
}
