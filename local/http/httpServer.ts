import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Exchange,
  type Fault,
  type FaultHook,
  type HttpAnswer,
  type HttpRequest,
  isApplied,
  respond,
} from './fault.ts';

/** What every HTTP stand-in offers. */
export type HttpServer = {
  /** Scheme, `localhost` and port, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** What goes wrong from now on; may be set at any time. */
  fault: FaultHook | undefined;
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
  /** How long every answer is held back. */
  readonly latencyMs?: number;
};

/** What became of a request: the true answer where it was applied, the fault where there was one. */
export type Settled = { readonly answer?: HttpAnswer; readonly fault?: Fault };

const RELISTEN_TIMEOUT_MS = 5_000;

/**
 * Serves HTTP on loopback.
 *
 * @param answer does what the request asks and says what to answer; not called where a fault prevents it. One that
 *   waits can tell by the response's `close` that the client has gone; it leaves the writing to this server
 * @param settled is told about every request, once it is answered for (in order of arrival where nothing waits) and
 *   before the answer is sent
 */
export async function startHttpServer({
  tls,
  port: wantedPort = 0,
  latencyMs = 0,
  maxBodyBytes,
  answer,
  settled,
}: HttpServerOptions & {
  readonly maxBodyBytes: number;
  answer(request: HttpRequest, response: ServerResponse): HttpAnswer | Promise<HttpAnswer>;
  settled?(request: HttpRequest, settled: Settled): void;
}): Promise<HttpServer> {
  const sockets = new Map<number | undefined, Socket>();
  const timers = new Set<NodeJS.Timeout>();
  let requests = 0;

  const server = tls ? createTlsServer({ key: tls.key, cert: tls.cert }) : createServer();
  server.on('request', async (incoming, response) => {
    const exchange = exchangeOf(incoming, response);
    // A client that goes away in the middle is nobody's error here.
    response.on('error', () => undefined);
    try {
      const body = await readBody(incoming, maxBodyBytes);
      if (body) await serve(incoming, body, exchange);
      else respond(exchange, undefined, { status: 413, headers: { Connection: 'close' } });
    } catch (error) {
      if (incoming.errored || response.headersSent) return;
      respond(exchange, undefined, { status: 500, body: `The stand-in failed: ${error}` });
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

  async function serve(incoming: IncomingMessage, body: Buffer, exchange: Exchange): Promise<void> {
    const request: HttpRequest = {
      index: requests++,
      at: Date.now(),
      method: incoming.method ?? '',
      path: incoming.url ?? '',
      headers: incoming.headers,
      body,
    };
    const fault = httpServer.fault?.(request);
    const trueAnswer = isApplied(fault) ? await answer(request, exchange.response) : undefined;
    settled?.(request, { ...(trueAnswer && { answer: trueAnswer }), ...(fault && { fault }) });
    if (latencyMs > 0) exchange.later(latencyMs, () => respond(exchange, fault, trueAnswer));
    else respond(exchange, fault, trueAnswer);
  }

  function exchangeOf(incoming: IncomingMessage, response: ServerResponse): Exchange {
    const { socket } = incoming;
    const { remotePort } = socket;
    return {
      response,
      reset() {
        (sockets.get(remotePort) ?? socket).resetAndDestroy();
      },
      later(ms, action) {
        const timer = setTimeout(() => {
          timers.delete(timer);
          if (!response.destroyed && !socket.destroyed) action();
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

  const httpServer: HttpServer = {
    url: `${tls ? 'https' : 'http'}://localhost:${port}`,
    port,
    fault: undefined,
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
  return httpServer;
}

/** The whole body, or undefined where it is longer than the limit. */
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
