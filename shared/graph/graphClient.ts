import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request as sendHttps } from 'node:https';
import { text } from 'node:stream/consumers';
import { Client, type Context, type GraphRequest, ResponseType } from '@microsoft/microsoft-graph-client';
import { codeFirst } from '../kit/codeFirst.ts';
import { sanitize } from '../kit/sanitize.ts';
import { startOf } from '../kit/startOf.ts';
import type { GraphResponse } from './graphResponse.ts';

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
};

/**
 * How much of a response is read, in bytes: a partner is under 20 KB, and a response that never ends must not fill the
 * memory.
 */
const LONGEST_RESPONSE_BYTES = 256 * 1024;

/** What Graph's activity log calls this app. */
const USER_AGENT = 'external-partner-connection';

/** The options of a call as the Graph client hands them to its middleware. */
type SentOptions = {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly signal: AbortSignal;
};

/** A response of which the body is still on its way. */
type IncomingResponse = IncomingMessage & { readonly statusCode: number };

/**
 * Calls Microsoft Graph beta, once for each call: the only middleware is the HTTP call, which neither retries nor
 * follows redirects. Responses are read raw, because the client takes an HTML page with status 200 for success and
 * loses the headers of an error that is not JSON.
 *
 * @param onSent called whenever a call is on the wire
 */
export function createGraphClient(
  baseUrl: URL,
  onSent: () => void = () => {},
): (path: string, options: CallOptions) => Promise<CallResult> {
  const client = Client.initWithMiddleware({
    middleware: { execute: (context) => sendOnce(context, onSent) },
    baseUrl: baseUrl.origin,
    defaultVersion: 'beta',
  });

  return async (path, { token, clientRequestId, signal, body }) => {
    const startedAt = Date.now();
    const start = performance.now();
    const method = body ? 'PATCH' : 'GET';
    const note = (response?: IncomingResponse): GraphCall => {
      const requestId = response?.headers['request-id'];
      return {
        method,
        url: `${baseUrl.origin}/beta${path}`,
        startedAt,
        durationMs: performance.now() - start,
        clientRequestId,
        ...(response && { statusCode: response.statusCode }),
        ...(requestId && { requestId: sanitize(String(requestId)) }),
      };
    };
    const request: GraphRequest = client
      .api(path)
      .headers({
        // No coding is decoded here; without a word about it, any may come back.
        'accept-encoding': 'identity',
        authorization: `Bearer ${token}`,
        'client-request-id': clientRequestId,
        'user-agent': USER_AGENT,
      })
      .options({ signal })
      .responseType(ResponseType.RAW);
    let response: IncomingResponse | undefined;
    try {
      response = (await (body ? request.patch(body) : request.get())) as IncomingResponse;
      const { statusCode: status, headers } = response;
      const content = await withCode(text(startOf(response, LONGEST_RESPONSE_BYTES)));
      // Without a length, content ends wherever the connection does.
      signal.throwIfAborted();
      return { response: { status, headers, body: content }, call: note(response) };
    } catch (error) {
      return { failure: (error as Error).message, call: note(response) };
    }
  };
}

/**
 * Sends a request once, as the only middleware of a client, which passes a raw response on as it is. By Node's own
 * `https`: to load the built-in fetch would delay the first PATCH of a process.
 */
async function sendOnce(context: Context, onSent: () => void): Promise<void> {
  const { method, headers, body, signal } = context.options as unknown as SentOptions;
  const request = sendHttps(String(context.request), { method, headers, signal })
    .once('finish', onSent)
    .end(body);
  [context.response] = await withCode(once(request, 'response', { signal }));
}

/** A Graph client passes on no more of an error than its message. */
async function withCode<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw codeFirst(error as NodeJS.ErrnoException);
  }
}
