import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { FindEntity } from '../entities/entities.ts';
import { type Container, connectionOptions, createBrokerContainer, type Sockets } from './brokerContainer.ts';

/** The AMQP side of the broker. */
export type AmqpServer = {
  readonly port: number;
  /** Cuts every connection. */
  dropConnections(): void;
  /** Cuts every connection and frees the port. */
  close(): Promise<void>;
};

const portAttempts = 20;

/**
 * Serves AMQP 1.0 on the loopback interface.
 *
 * @param port 0 takes any free port
 */
export async function startAmqpServer({
  findEntity,
  port,
}: {
  findEntity: FindEntity;
  port: number;
}): Promise<AmqpServer> {
  const sockets: Sockets = new Map();
  const { servers, address } = await listen(createBrokerContainer(findEntity, sockets), port, sockets);

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
async function listen(container: Container, wantedPort: number, sockets: Sockets): Promise<Listening> {
  for (let attempt = 1; ; attempt += 1) {
    const first = await listenAt(container, '127.0.0.1', wantedPort, sockets);
    const address = first.address();
    if (address === null || typeof address === 'string') throw new Error('The server has no port.');
    try {
      return { servers: [first, await listenAt(container, '::1', address.port, sockets)], address };
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT') return { servers: [first], address };
      await new Promise((resolve) => first.close(resolve));
      if (code !== 'EADDRINUSE' || wantedPort !== 0 || attempt === portAttempts) throw error;
    }
  }
}

async function listenAt(container: Container, host: string, port: number, sockets: Sockets): Promise<Server> {
  const server = container.listen({ ...connectionOptions, host, port });
  server.on('connection', (socket: Socket) => {
    sockets.set(socket, undefined);
    socket.once('close', () => sockets.delete(socket));
  });
  await once(server, 'listening');
  return server;
}
