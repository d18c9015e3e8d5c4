import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { leftOut } from './refusal.ts';

const firstByteOfTls = 0x16;

/** What TLS takes: the server's private key and certificate, PEM. */
export type Tls = { readonly key: string; readonly cert: string };

/**
 * Responds to clients that speak HTTP where the broker speaks AMQP: they want what it leaves out, and would otherwise
 * try again and again before they say that the connection was reset.
 *
 * @param tls without it, clients that speak TLS are cut off
 * @returns takes a paused connection, and its first bytes, which have been put back
 */
export function createLeftOut(tls: Tls | undefined): (socket: Socket, first: Buffer) => void {
  const { status, headers, body } = leftOut;
  const respond: RequestListener = (_, response) =>
    response.writeHead(status, { ...headers, Connection: 'close' }).end(body);
  const plain = createServer(respond);
  const secure = tls && createTlsServer({ key: tls.key, cert: tls.cert }, respond);
  // A client that goes away, or does not trust the certificate, has said so itself.
  secure?.on('tlsClientError', () => undefined);

  return (socket, first) => {
    if (first[0] !== firstByteOfTls) {
      plain.emit('connection', socket);
      socket.resume();
    } else if (secure === undefined) socket.destroy();
    // It reads what there is by itself, before anything else.
    else secure.emit('connection', socket);
  };
}
