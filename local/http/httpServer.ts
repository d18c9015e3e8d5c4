import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Fault, isApplied } from './fault.ts';
import type { HttpRequest } from './httpRequest.ts';
import type { HttpResponse } from './httpResponse.ts';
import { type ReturnPath, respond } from './respond.ts';

/** A running HTTP server on loopback. */
export type HttpServer = {
  /** Scheme, `localhost` and port, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** Refuses connections and drops the open ones, or listens again on the same port. */
  refuse(refusing: boolean): Promise<void>;
  /** Drops all connections and ends. May be called more than once. */
  close(): Promise<void>;
};

export type HttpServerOptions = {
  /** Speaks TLS with these, PEM; plain HTTP without. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** 0, the default, takes any free port. */
  readonly port?: number;
  /** How long every response is held back; default: not at all. */
  readonly latencyMs?: number;
};

/** A request that has been handled; its response may still be on its way. */
export type Exchange = {
  readonly request: HttpRequest;
  /** The true response; absent if a fault kept the request from being applied. */
  readonly trueResponse?: HttpResponse;
  readonly fault?: Fault;
  /**
   * When the last byte of the response was handed over, milliseconds since the epoch; undefined until then, and for
   * good if no response is sent in full. Taken right before, so that no client has the response earlier.
   */
  respondedAt(): number | undefined;
};

const RELISTEN_TIMEOUT_MS = 5_000;

/**
 * Serves HTTP on loopback.
 *
 * @param handle does what the request asks and gives the response; not called if a fault prevents it. If it waits, it
 *   can tell by `close` of the server response that the client has gone; it must not write to the server response
 * @param faultFor says what goes wrong with a request; called once for each, in order of arrival
 * @param onExchange is told about every request, after it was handled and before the response is sent
 */
export async function startHttpServer({
  tls,
  port: wantedPort = 0,
  latencyMs = 0,
  maxBodyBytes,
  tooLarge = { status: 413 },
  handle,
  faultFor,
  onExchange,
}: HttpServerOptions & {
  readonly maxBodyBytes: number;
  /** The response to a longer body. Default: 413. */
  readonly tooLarge?: HttpResponse;
  handle(request: HttpRequest, serverResponse: ServerResponse): HttpResponse | Promise<HttpResponse>;
  faultFor?(request: HttpRequest): Fault | undefined;
  onExchange?(exchange: Exchange): void;
}): Promise<HttpServer> {
  const sockets = new Map<number | undefined, Socket>();
  const timers = new Set<NodeJS.Timeout>();
  let requests = 0;

  const server = tls ? createTlsServer({ key: tls.key, cert: tls.cert }) : createServer();
  server.on('request', async (incoming, serverResponse) => {
    let respondedAt: number | undefined;
    const path = returnPathOf(incoming, serverResponse, () => {
      respondedAt = Date.now();
    });
    // A client that goes away in the middle is nobody's error here.
    serverResponse.on('error', () => undefined);
    try {
      const body = await readBody(incoming, maxBodyBytes);
      if (body) await serve(incoming, body, path, () => respondedAt);
      else respond(path, undefined, { ...tooLarge, headers: { ...tooLarge.headers, Connection: 'close' } });
    } catch (error) {
      if (incoming.errored || serverResponse.headersSent) return;
      respond(path, undefined, { status: 500, body: `The stand-in failed: ${error}` });
    }
  });
  // The TCP sockets: underneath TLS, half-open handshakes included, none of which the HTTP layer keeps track of.
  server.on('connection', (socket: Socket) => {
    const { remotePort } = socket;
    sockets.set(remotePort, socket);
    socket.once('close', () => {
      if (sockets.get(remotePort) === socket) sockets.delete(remotePort);
    });
  });

  async function serve(
    incoming: IncomingMessage,
    body: Buffer,
    path: ReturnPath,
    respondedAt: Exchange['respondedAt'],
  ): Promise<void> {
    const request: HttpRequest = {
      index: requests++,
      receivedAt: Date.now(),
      method: incoming.method ?? '',
      path: incoming.url ?? '',
      headers: incoming.headers,
      body,
    };
    const fault = faultFor?.(request);
    const trueResponse = isApplied(fault) ? await handle(request, path.serverResponse) : undefined;
    onExchange?.({ request, ...(trueResponse && { trueResponse }), ...(fault && { fault }), respondedAt });
    if (latencyMs > 0) path.later(latencyMs, () => respond(path, fault, trueResponse));
    else respond(path, fault, trueResponse);
  }

  function returnPathOf(
    incoming: IncomingMessage,
    serverResponse: ServerResponse,
    onLastByte: () => void,
  ): ReturnPath {
    const { socket } = incoming;
    const { remotePort } = socket;
    return {
      serverResponse,
      onLastByte,
      reset() {
        (sockets.get(remotePort) ?? socket).resetAndDestroy();
      },
      later(ms, action) {
        const timer = setTimeout(() => {
          timers.delete(timer);
          if (!serverResponse.destroyed && !socket.destroyed) action();
        }, ms);
        timers.add(timer);
      },
    };
  }

  async function listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const failed = (cause: Error) =>
        reject(new Error(`Cannot listen on localhost:${port}: ${cause.message}`, { cause }));
      server.once('error', failed);
      server.listen(port, 'localhost', () => {
        server.off('error', failed);
        resolve();
      });
    });
  }

  /** While it was free, the port may have gone to some client's outgoing connection: those pass. */
  async function listenAgain(): Promise<void> {
    const giveUpAt = Date.now() + RELISTEN_TIMEOUT_MS;
    for (;;) {
      try {
        return await listen(port);
      } catch (error) {
        if (Date.now() > giveUpAt) throw error;
        await sleep(20);
      }
    }
  }

  async function stop(): Promise<void> {
    if (!server.listening) return;
    const stopped = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const timer of timers) clearTimeout(timer);
    timers.clear();
    server.closeAllConnections();
    for (const socket of sockets.values()) socket.destroy();
    await stopped;
  }

  await listen(wantedPort);
  const { port } = server.address() as AddressInfo;

  let closed = false;
  // One after the other: a refuse(false) right after a refuse(true) must find the port free.
  let last: Promise<void> = Promise.resolve();
  const inTurn = (step: () => Promise<void>) => {
    last = last.then(step, step);
    return last;
  };

  return {
    url: `${tls ? 'https' : 'http'}://localhost:${port}`,
    port,
    refuse: (refusing) =>
      inTurn(async () => {
        if (refusing) await stop();
        else if (!server.listening && !closed) await listenAgain();
      }),
    close() {
      closed = true;
      return inTurn(stop);
    },
  };
}

/** The whole body, or undefined if it is longer than the limit. */
function readBody(incoming: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    incoming.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > maxBytes) {
        chunks.length = 0;
        resolve(undefined);
      } else {
        chunks.push(chunk);
      }
    });
    incoming.on('end', () => resolve(length > maxBytes ? undefined : Buffer.concat(chunks, length)));
    incoming.on('error', reject);
  });
}
