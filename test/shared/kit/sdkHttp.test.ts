import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createPipelineRequest, isRestError } from '@azure/core-rest-pipeline';
import { afterEach, describe, expect, it } from 'vitest';
import { sdkHttp } from '../../../shared/kit/sdkHttp.ts';

const MINUTE_MS = 60_000;
const limits = { timeoutMs: MINUTE_MS, longestBody: 10 };

let close: (() => void) | undefined;
afterEach(() => close?.());

/** The address of a server that responds in this way. */
async function respondingWith(respond: RequestListener): Promise<string> {
  const server = createServer(respond).listen(0, '127.0.0.1');
  await once(server, 'listening');
  close = () => {
    server.close();
    server.closeAllConnections();
  };
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/path?a=b`;
}

const send = (
  url: string,
  options: Partial<Parameters<typeof sdkHttp>[0]> = {},
  request: Partial<Parameters<typeof createPipelineRequest>[0]> = {},
) =>
  sdkHttp({ ...limits, ...options }).httpClient.sendRequest(
    createPipelineRequest({ url, allowInsecureConnection: true, ...request }),
  );

describe('a call of an Azure SDK', () => {
  it.each(['text é', Buffer.from([0, 255])])(
    'sends its content, and gives back the response',
    async (body) => {
      let received: IncomingMessage | undefined;
      let content = '';
      const url = await respondingWith(async (request, response) => {
        received = request;
        content = await text(request);
        response.writeHead(201, { 'X-Id': 'i1' }).end('{"a":1}');
      });
      const response = await send(url, {}, { method: 'POST', body });
      expect(response).toMatchObject({ status: 201, bodyAsText: '{"a":1}' });
      expect(response.headers.get('x-id')).toBe('i1');
      expect(received).toMatchObject({ method: 'POST', url: '/path?a=b' });
      expect(content).toBe(body.toString());
    },
  );

  it.each(['http://localhost:1', 'HTTP://localhost:1'])('is not made without TLS: %s', async (url) => {
    await expect(send(url, {}, { allowInsecureConnection: false })).rejects.toThrow('is not https');
  });

  it('is an error if more comes back than is read, or is cut', async () => {
    const url = await respondingWith((_, response) => response.end('12345678901'));
    await expect(send(url)).rejects.toThrow('the response is longer than 10 bytes');
    expect(await send(url, { isCut: true })).toMatchObject({ status: 200, bodyAsText: '1234567890' });
    expect(await send(url, { longestBody: 11 })).toMatchObject({ bodyAsText: '12345678901' });
  });

  it('is not made again by the SDK once its time is up', async () => {
    const url = await respondingWith(() => {});
    const error: unknown = await send(url, { timeoutMs: 1 }).catch((error) => error);
    expect(error).toMatchObject({ name: 'AbortError', message: 'timeout: no response within 0.001 s' });
    expect(isRestError(error)).toBe(false);
  });

  it('that does not arrive fails with its code, as does one whose response breaks off', async () => {
    const url = await respondingWith((_, response) => {
      response.writeHead(200, { 'content-length': '9' }).write('1');
      response.socket?.resetAndDestroy();
    });
    const error: unknown = await send(url).catch((error) => error);
    expect(isRestError(error)).toBe(true);
    expect(error).toMatchObject({ code: 'ECONNRESET' });
    close?.();
    await expect(send(url)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
