import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, request as sendHttp } from 'node:http';
import { request as sendHttps } from 'node:https';

export type HttpResponse = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};

/** The longest response that is read, in bytes. */
const LONGEST_BODY = 1024 * 1024;

/**
 * Makes one HTTP call, by Node's own `http` and `https`. Follows no redirect.
 *
 * @param timeoutMs for the whole call, in milliseconds
 * @throws Error if no whole response arrives in time; its message begins with the code of the fault
 */
export async function httpCall(
  method: 'GET' | 'PUT' | 'POST' | 'DELETE',
  url: URL,
  {
    headers,
    body,
    timeoutMs,
  }: {
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: string;
    readonly timeoutMs: number;
  },
): Promise<HttpResponse> {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), timeoutMs);
  const { signal } = deadline;
  try {
    const send = url.protocol === 'http:' ? sendHttp : sendHttps;
    const request = send(url, {
      method,
      // No coding is decoded here; without a word about it, any may come back.
      headers: { ...headers, 'accept-encoding': 'identity', 'content-length': Buffer.byteLength(body ?? '') },
      signal,
    });
    const responded = once(request, 'response', { signal });
    request.end(body);
    const [response] = (await responded) as [IncomingMessage & { statusCode: number }];
    const content = await readBody(response);
    // Without a length, content ends wherever the connection does.
    signal.throwIfAborted();
    return { status: response.statusCode, headers: response.headers, body: content };
  } catch (error) {
    if (signal.aborted) throw new Error(`timeout: no response within ${timeoutMs / 1000} s`);
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error([code, message].filter(Boolean).join(': '));
  } finally {
    clearTimeout(timer);
  }
}

async function readBody(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > LONGEST_BODY) throw new Error(`the response is longer than ${LONGEST_BODY} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}
