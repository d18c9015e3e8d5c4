import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UnreachableError } from '../command/errors.ts';
import { boardPage, unreachablePage, type View } from './boardPage.ts';

export type Board = {
  /** With the key that whoever opens the page needs. */
  readonly url: string;
  close(): Promise<void>;
};

/** How long a look serves every page that asks. */
const FRESH_MS = 3_000;

const files: Readonly<Record<string, string>> = {
  'board.css': 'text/css; charset=utf-8',
  'board.js': 'text/javascript; charset=utf-8',
};

const headers = {
  'Content-Security-Policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-store',
} as const;

/**
 * Serves the page on 127.0.0.1. Other users of this machine do not know the key in its address; other sites, whose
 * name may be made to lead here (DNS rebinding), ask for another host.
 */
export async function startBoard({
  port,
  look,
}: {
  port: number;
  look: () => Promise<View>;
}): Promise<Board> {
  const key = randomBytes(16).toString('base64url');
  const see = sharedFor(FRESH_MS, look);

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const send = (status: number, type: string, body: string | Buffer) =>
      response.writeHead(status, { ...headers, 'Content-Type': type }).end(body);
    if (!hosts.includes(request.headers.host ?? ''))
      return void send(421, 'text/plain', 'This is not the board of that host.');
    if (request.method !== 'GET') return void send(405, 'text/plain', 'The board can only be read.');
    const name = request.url?.startsWith(`/${key}/`) ? request.url.slice(key.length + 2) : undefined;
    if (name === '') {
      const { status, page } = await currentPage();
      return void send(status, 'text/html; charset=utf-8', page);
    }
    const type = name === undefined ? undefined : files[name];
    if (type === undefined)
      return void send(404, 'text/plain', 'There is nothing here. Open the whole address, with its key.');
    send(200, type, await readFile(new URL(String(name), import.meta.url)));
  }

  async function currentPage(): Promise<{ status: number; page: string }> {
    try {
      return { status: 200, page: boardPage(await see()) };
    } catch (error) {
      if (!(error instanceof UnreachableError)) throw error;
      return { status: 503, page: unreachablePage(error.message) };
    }
  }

  const server = createServer((request, response) => {
    respond(request, response).catch(() => response.destroy());
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const { port: actual } = server.address() as AddressInfo;
  const hosts = [`127.0.0.1:${actual}`, `localhost:${actual}`];
  return {
    url: `http://127.0.0.1:${actual}/${key}/`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Gives everyone who asks while it works, or within some milliseconds after that, the same outcome. */
function sharedFor<T>(ms: number, work: () => Promise<T>): () => Promise<T> {
  let last: { readonly outcome: Promise<T>; endedAt: number } | undefined;
  return () => {
    if (last && performance.now() - last.endedAt < ms) return last.outcome;
    const look = { outcome: work(), endedAt: Number.POSITIVE_INFINITY };
    const end = () => {
      look.endedAt = performance.now();
    };
    look.outcome.then(end, end);
    last = look;
    return look.outcome;
  };
}
