import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';

export type Received = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** As far as it arrived. */
  readonly text: string;
  /** Whether the body arrived in full. */
  readonly complete: boolean;
};

/** One request on a connection of its own; rejects if no response begins. */
export function call(
  url: string,
  {
    method = 'GET',
    headers = {},
    body,
    ca,
    signal,
  }: {
    method?: string;
    headers?: Record<string, string>;
    body?: string | Buffer;
    ca?: string;
    signal?: AbortSignal;
  } = {},
): Promise<Received> {
  return new Promise((resolve, reject) => {
    const open = url.startsWith('https:') ? httpsRequest : httpRequest;
    const request = open(url, {
      method,
      headers: { 'Accept-Encoding': 'identity', ...headers },
      agent: false,
      ...(ca && { ca }),
      ...(signal && { signal }),
    });
    request.on('error', reject);
    request.on('response', (response) => {
      // From here on an error means a response that is not complete.
      request.off('error', reject).on('error', () => undefined);
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', () => undefined);
      response.on('close', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString(),
          complete: response.complete,
        }),
      );
    });
    request.end(body);
  });
}
