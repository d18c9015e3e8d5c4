import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';

/** "RFC 6455", 1.3: what a server appends to the client's key. */
const KEY_SUFFIX = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const BINARY = 0x82;
const CLOSE = 0x08;

/**
 * A server for AMQP over WebSockets, as Service Bus has on port 443, that passes everything on to a plain AMQP port.
 */
export async function startWebSocketBridge(tls: { key: string; cert: string }, amqpPort: number) {
  const paths: string[] = [];
  const sockets = new Set<Duplex>();
  const server = createServer(tls);
  server.on('upgrade', (request, socket) => {
    paths.push(request.url ?? '');
    sockets.add(socket);
    const key = `${request.headers['sec-websocket-key']}${KEY_SUFFIX}`;
    socket.write(
      [
        'HTTP/1.1 101 Switching Protocols',
        'Upgrade: websocket',
        'Connection: Upgrade',
        `Sec-WebSocket-Accept: ${createHash('sha1').update(key).digest('base64')}`,
        `Sec-WebSocket-Protocol: ${request.headers['sec-websocket-protocol']}`,
        '\r\n',
      ].join('\r\n'),
    );
    join(socket, connect(amqpPort, 'localhost'));
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    /** What clients asked for. */
    paths: paths as readonly string[],
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function join(webSocket: Duplex, amqp: Duplex): void {
  let received = Buffer.alloc(0);
  webSocket.on('data', (data: Buffer) => {
    received = Buffer.concat([received, data]);
    for (let frame = readFrame(received); frame; frame = readFrame(received)) {
      received = received.subarray(frame.length);
      if (frame.opcode === CLOSE) amqp.end();
      else amqp.write(frame.payload);
    }
  });
  amqp.on('data', (data: Buffer) => webSocket.write(Buffer.concat([headerOf(data.length), data])));
  for (const [one, other] of [
    [webSocket, amqp],
    [amqp, webSocket],
  ] as const) {
    one.on('error', () => other.destroy());
    one.on('close', () => other.destroy());
  }
}

/** The first frame of a client, unmasked; undefined if it is not complete yet. */
function readFrame(data: Buffer): { opcode: number; payload: Buffer; length: number } | undefined {
  const short = (data[1] ?? 0) & 0x7f;
  const maskAt = short === 127 ? 10 : short === 126 ? 4 : 2;
  if (data.length < maskAt + 4) return undefined;
  const size = short === 127 ? Number(data.readBigUInt64BE(2)) : short === 126 ? data.readUInt16BE(2) : short;
  const length = maskAt + 4 + size;
  if (data.length < length) return undefined;
  const mask = data.subarray(maskAt, maskAt + 4);
  const payload = data.subarray(maskAt + 4, length).map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  return { opcode: (data[0] ?? 0) & 0x0f, payload: Buffer.from(payload), length };
}

function headerOf(size: number): Buffer {
  if (size < 126) return Buffer.from([BINARY, size]);
  const header = Buffer.from([BINARY, 126, 0, 0]);
  if (size <= 0xffff) {
    header.writeUInt16BE(size, 2);
    return header;
  }
  const long = Buffer.alloc(10);
  long.set([BINARY, 127]);
  long.writeBigUInt64BE(BigInt(size), 2);
  return long;
}
