import type { Socket } from 'node:net';
import type { Connection, Container, Receiver, Sender, Session } from 'rhea';
import rhea from 'rhea';
import type { FindEntity } from '../entities/entities.ts';
import { ClientConnection } from './clientConnection.ts';
import { prepareConnection, prepareSession } from './rheaSession.ts';

export type { Container };

/** Every open socket, with the client that talks through it once it has introduced itself. */
export type Sockets = Map<Socket, ClientConnection | undefined>;

type Context = { connection: Connection; session: Session; sender: Sender; receiver: Receiver };

/** A rhea container that passes each connection's events on to its {@link ClientConnection}. */
export function createBrokerContainer(findEntity: FindEntity, sockets: Sockets): Container {
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

/** Missing in rhea's typings: a connection that has come in from a client, and the socket of a connection. */
type ServerContainer = { create_connection(options: object): { accept(socket: Socket): void } };

/** Has a container serve a client that has connected. */
export function acceptClient(container: Container, socket: Socket): void {
  (container as unknown as ServerContainer).create_connection(connectionOptions).accept(socket);
}

export function socketOf(connection: Connection): Socket {
  return (connection as unknown as { socket: Socket }).socket;
}

/** How rhea has to behave towards clients: nothing is accepted or settled on its own. */
const connectionOptions = {
  autoaccept: false,
  credit_window: 500,
  treat_modified_as_released: false,
  max_frame_size: 65_536,
  tcp_no_delay: true,
} as const;

/** A container that takes any of the SASL mechanisms that Service Bus clients use, whatever they present. */
function createContainer() {
  const container = rhea.create_container({ id: 'local-service-bus' });
  const anyone = () => ({ outcome: undefined as boolean | undefined, start: acceptAnyone });
  for (const mechanism of ['MSSBCBS', 'ANONYMOUS', 'PLAIN', 'EXTERNAL']) {
    container.sasl_server_mechanisms[mechanism] = anyone;
  }
  return container;
}

function acceptAnyone(this: { outcome: boolean | undefined }): void {
  this.outcome = true;
}
