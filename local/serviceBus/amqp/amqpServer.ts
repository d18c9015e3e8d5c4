import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { FindEntity } from '../entities/entities.ts';
import { acceptClient, createBrokerContainer, type Sockets } from './brokerContainer.ts';

/** The AMQP side of the broker. */
export type AmqpServer = {
  readonly port: number;
  /** Cuts every connection. */
  dropConnections(): void;
  /** Cuts every connection and frees the port. */
  close(): Promise<void>;
};

const PORT_ATTEMPTS = 20;
const firstByteOfAmqp = 'AMQP'.charCodeAt(0);

/**
 * Serves AMQP 1.0 on the loopback interface.
 *
 * @param port 0 takes any free port
 * @param takeOther takes the connection of a client that speaks something else, paused, and its first bytes
 */
export async function startAmqpServer({
  findEntity,
  port,
  takeOther,
}: {
  findEntity: FindEntity;
  port: number;
  takeOther: (socket: Socket, first: Buffer) => void;
}): Promise<AmqpServer> {
  const sockets: Sockets = new Map();
  const container = createBrokerContainer(findEntity, sockets);
  const { servers, address } = await listen(port, (socket) => {
    sockets.set(socket, undefined);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    socket.once('data', (first) => {
      socket.pause();
      socket.unshift(first);
      if (first[0] !== firstByteOfAmqp) return takeOther(socket, first);
      acceptClient(container, socket);
      socket.resume();
    });
  });

  const dropConnections = () => {
    for (const [socket, client] of [...sockets]) {
      // At once: whatever is enqueued next must not go to a client that is cut off.
      client?.end('vanished');
      // With an error, so that rhea notices and stops the connection's heartbeat.
      socket.destroy(new Error('The connection was cut.'));
    }
  };

  return {
    port: address.port,
    dropConnections,
    async close() {
      const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)));
      dropConnections();
      await Promise.all(closed);
    },
  };
}

type Listening = { readonly servers: readonly Server[]; readonly address: AddressInfo };

/** Listens on 127.0.0.1 and, if there is one, on ::1, at the same port: `localhost` may mean either. */
async function listen(wantedPort: number, onConnection: (socket: Socket) => void): Promise<Listening> {
  for (let attempt = 1; ; attempt += 1) {
    const first = await listenAt('127.0.0.1', wantedPort, onConnection);
    const address = first.address();
    if (address === null || typeof address === 'string') throw new Error('The server has no port.');
    try {
      return { servers: [first, await listenAt('::1', address.port, onConnection)], address };
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT') return { servers: [first], address };
      await new Promise((resolve) => first.close(resolve));
      if (code !== 'EADDRINUSE' || wantedPort !== 0 || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

async function listenAt(host: string, port: number, onConnection: (socket: Socket) => void): Promise<Server> {
  const server = createServer({ noDelay: true }, onConnection).listen({ host, port });
  await once(server, 'listening');
  return server;
}
