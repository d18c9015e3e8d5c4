import { createHttpHeaders, type HttpClient, type ProxySettings, RestError } from '@azure/core-rest-pipeline';
import { httpCall } from './httpCall.ts';

/** An Azure SDK that is given a proxy looks for none in the environment; `httpCall` does not use it. */
const UNUSED: ProxySettings = { host: 'http://localhost', port: 80 };

/**
 * Options of an Azure SDK with which it makes its calls by `httpCall`: bounded in time and size, and by no proxy but
 * Node's own. Each is made once: the app tries again itself. An SDK cannot abort a call or set its time. A response
 * that breaks off counts as a request that did not arrive, so that nothing is lost.
 *
 * @param timeoutMs for one call, in milliseconds
 * @param longestBody the longest content of a response that is read, in bytes
 * @param isCut whether longer content is cut, instead of being an error
 * @param agent false: a connection of its own for each call, past any proxy
 */
export function sdkHttp(options: {
  timeoutMs: number;
  longestBody: number;
  isCut?: boolean;
  agent?: false;
}): {
  readonly httpClient: HttpClient;
  readonly proxyOptions: ProxySettings;
  readonly retryOptions: { readonly maxRetries: number };
} {
  return {
    retryOptions: { maxRetries: 0 },
    proxyOptions: UNUSED,
    httpClient: {
      async sendRequest(request) {
        const { method, headers, body, allowInsecureConnection } = request;
        const url = new URL(request.url);
        if (!allowInsecureConnection && url.protocol !== 'https:') throw new Error(`${url} is not https.`);
        try {
          const response = await httpCall(method, url, {
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
