import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, request as sendHttp } from 'node:http';
import { request as sendHttps } from 'node:https';
import { buffer } from 'node:stream/consumers';
import { codeFirst } from './codeFirst.ts';
import { startOf } from './startOf.ts';

export type HttpResponse = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};

/**
 * Makes one HTTP call, by Node's own `http` and `https`. Follows no redirect.
 *
 * @param timeoutMs for the whole call, in milliseconds
 * @param longestBody the longest content of a response that is read, in bytes; default: 1 MiB
 * @param isCut whether longer content is cut, instead of being an error
 * @param agent false: a connection of its own, past any proxy
 * @throws Error if no whole response arrives in time; its message begins with its code, if it has one
 */
export async function httpCall(
  method: string,
  url: URL,
  {
    headers,
    body,
    timeoutMs,
    longestBody = 1024 * 1024,
    isCut = false,
    agent,
  }: {
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: string | Uint8Array;
    readonly timeoutMs: number;
    readonly longestBody?: number;
    readonly isCut?: boolean;
    readonly agent?: false;
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
      ...(agent === false && { agent }),
    });
    const responded = once(request, 'response', { signal });
    request.end(body);
    const [response] = (await responded) as [IncomingMessage & { statusCode: number }];
    const content = await buffer(startOf(response, longestBody + 1));
    if (content.length > longestBody && !isCut)
      throw new Error(`the response is longer than ${longestBody} bytes`);
    // Without a length, content ends wherever the connection does.
    signal.throwIfAborted();
    return {
      status: response.statusCode,
      headers: response.headers,
      body: content.subarray(0, longestBody).toString(),
    };
  } catch (error) {
    throw codeFirst(
      signal.aborted
        ? { code: 'timeout', message: `no response within ${timeoutMs / 1000} s` }
        : (error as NodeJS.ErrnoException),
    );
  } finally {
    clearTimeout(timer);
  }
}
