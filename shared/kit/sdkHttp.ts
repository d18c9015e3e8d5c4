import type { Agent } from 'node:http';
import { createHttpHeaders, type HttpClient, type ProxySettings, RestError } from '@azure/core-rest-pipeline';
import { httpCall } from './httpCall.ts';

/** An Azure SDK that is given a proxy looks for none in the environment; `httpCall` does not use it. */
const UNUSED: ProxySettings = { host: 'http://localhost', port: 80 };

/**
 * Options of an Azure SDK with which it makes its calls by `httpCall`: bounded in time and size, and by no proxy but
 * Node's own.
 *
 * @param timeoutMs for one call, in milliseconds
 * @param longestBody how much of a response is read, in bytes
 * @param agent of the calls; default: Node's global one
 */
export function sdkHttp(options: { timeoutMs: number; longestBody: number; agent?: Agent }): {
  readonly httpClient: HttpClient;
  readonly proxyOptions: ProxySettings;
} {
  return {
    proxyOptions: UNUSED,
    httpClient: {
      async sendRequest(request) {
        const { method, url, headers, body, allowInsecureConnection } = request;
        try {
          if (!allowInsecureConnection && !url.startsWith('https:')) throw new Error(`${url} is not https.`);
          const response = await httpCall(method, new URL(url), {
            ...options,
            headers: headers.toJSON({ preserveCase: true }),
            ...(body && { body: body as string | Uint8Array }),
          });
          return {
            request,
            status: response.status,
            headers: createHttpHeaders(response.headers as Record<string, string>),
            bodyAsText: response.body,
          };
        } catch (error) {
          const { message, code = RestError.REQUEST_SEND_ERROR } = error as NodeJS.ErrnoException;
          // What an SDK does not try again at once.
          if (code === 'timeout') throw Object.assign(new Error(message), { name: 'AbortError' });
          throw new RestError(message, { code, request });
        }
      },
    },
  };
}
