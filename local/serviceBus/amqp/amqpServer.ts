import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';
import { ClientConnection, connectionOptions, createContainer } from './clientConnection.ts';
import type { FindEntity } from '../entities/entities.ts';
import type { Connection, Receiver, Sender, Session } from './rheaEdge.ts';
import { socketOf } from './rheaEdge.ts';
import { prepareConnection, prepareSession } from './rheaSession.ts';

/** The AMQP side of the broker. */
export type AmqpServer = {
  readonly port: number;
  /** Cuts every connection. */
  dropConnections(): void;
  /** Cuts every connection and frees the port. */
  close(): Promise<void>;
};

/** Every open socket, with the client that talks through it once it has introduced itself. */
type Sockets = Map<Socket, ClientConnection | undefined>;

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

type Container = ReturnType<typeof createContainer>;
type Context = { connection: Connection; session: Session; sender: Sender; receiver: Receiver };

/** A rhea container that passes each connection's events on to its {@link ClientConnection}. */
function createBrokerContainer(findEntity: FindEntity, sockets: Sockets): Container {
  const container = createContainer();
  const clients = new WeakMap<Connection, ClientConnection>();
  const clientOf = ({ connection }: Context) => clients.get(connection);

  container.on('connection_open', ({ connection }: Context) => {
    prepareConnection(connection);
    const client = new ClientConnection(findEntity);
    clients.set(connection, client);
    const socket = socketOf(connection);
    sockets.set(socket, client);
    socket.once('close', () => client.end('vanished'));
  });
  container.on('session_open', ({ session }: Context) => prepareSession(session));
  container.on('receiver_open', (context: Context) => clientOf(context)?.openForSending(context.receiver));
  container.on('sender_open', (context: Context) => clientOf(context)?.openForReceiving(context.sender));
  container.on('receiver_close', (context: Context) => clientOf(context)?.closeLink(context.receiver));
  container.on('sender_close', (context: Context) => clientOf(context)?.closeLink(context.sender));
  container.on('session_close', (context: Context) => clientOf(context)?.closeSession(context.session));
  container.on('connection_close', (context: Context) => clientOf(context)?.end('closed'));
  // A peer's errors and a peer that vanishes are its own affair; unheard, rhea would log or throw them.
  for (const event of [
    'receiver_error',
    'sender_error',
    'session_error',
    'connection_error',
    'disconnected',
    'protocol_error',
    'error',
  ]) {
    container.on(event, () => undefined);
  }
  return container;
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
