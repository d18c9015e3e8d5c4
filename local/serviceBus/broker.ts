import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';
import { ClientConnection, connectionOptions, createContainer } from './clientConnection.ts';
import type { JournalEntry, JournalListener } from './journal.ts';
import { Journal } from './journal.ts';
import type { OutgoingMessage } from './messageContent.ts';
import { contentOf } from './messageContent.ts';
import { Queue } from './queue.ts';
import type { QueueOptions } from './queueOptions.ts';
import { settingsOf } from './queueOptions.ts';
import { QueueView } from './queueView.ts';
import { startRest } from './rest.ts';
import type { Connection, Receiver, Sender, Session } from './rheaEdge.ts';
import { socketOf } from './rheaEdge.ts';
import { Schedule } from './schedule.ts';
import { ServiceBusError } from './serviceBusError.ts';

export type { JournalEntry, JournalEntryType, JournalListener } from './journal.ts';
export type { OutgoingMessage } from './messageContent.ts';
export type { QueueOptions } from './queueOptions.ts';
export type { MessageView, QueueCounts, QueueView } from './queueView.ts';

export type ServiceBusOptions = {
  /** Default: any free port. */
  port?: number;
  /** For the REST API. Default: any free port. */
  httpPort?: number;
  queues: readonly QueueOptions[];
  /** False: entries go to listeners only, for runs of many thousand messages. Default: true. */
  keepJournal?: boolean;
};

/** A running local Service Bus. */
export type ServiceBus = {
  readonly port: number;
  /** For `@azure/service-bus`, the Functions host and the like, unmodified. */
  readonly connectionString: string;
  /** The REST API for single messages: scheme, `localhost` and port, without a slash at the end. */
  readonly httpUrl: string;
  /** Every state change, in order. */
  readonly journal: readonly JournalEntry[];
  /** Calls `listener` on every state change; the returned function ends that. */
  onEntry(listener: JournalListener): () => void;
  /** What is in a queue. @throws Error for a name that is not a queue. */
  queue(name: string): QueueView;
  /**
   * Enqueues from inside the process, and returns the sequence number: 0 when duplicate detection dropped it.
   * @throws ServiceBusError for whatever a client would be refused for.
   */
  send(queueName: string, message: OutgoingMessage): number;
  /** Fault: while `refusing`, sends to the queue are rejected with `amqp:resource-limit-exceeded`. */
  refuse(queueName: string, refusing: boolean): void;
  /** Fault: cuts every AMQP connection. */
  dropConnections(): void;
  /** Fault: every message lock and session lock of the queue is lost at once. */
  expireLocks(queueName: string): void;
  /** Cuts every connection and frees the port. Messages are gone with the process. */
  close(): Promise<void>;
};

const deadLetterSuffix = '/$deadletterqueue';
const portAttempts = 20;

/** Starts a server on the loopback interface that behaves as Service Bus does, over AMQP 1.0 and HTTP. */
export async function startServiceBus(options: ServiceBusOptions): Promise<ServiceBus> {
  const schedule = new Schedule();
  const journal = new Journal(options.keepJournal ?? true);
  const queues = new Map<string, Queue>();
  for (const queue of options.queues) {
    queues.set(queue.name.toLowerCase(), new Queue(queue.name, settingsOf(queue), schedule, journal));
  }

  const findQueue = (address: string): Queue => {
    const lower = address.toLowerCase();
    const isDeadLetters = lower.endsWith(deadLetterSuffix);
    const queue = queues.get(isDeadLetters ? lower.slice(0, -deadLetterSuffix.length) : lower);
    const found = isDeadLetters ? queue?.deadLetters : queue;
    if (found !== undefined) return found;
    throw new ServiceBusError('amqp:not-found', `The messaging entity '${address}' could not be found.`);
  };

  const sockets: Sockets = new Map();
  const servers = await listen(createBrokerContainer(findQueue, sockets), options.port ?? 0, sockets);
  const { port } = servers.address;
  const rest = await startRest(findQueue, options.httpPort ?? 0);

  return {
    port,
    connectionString: `Endpoint=sb://localhost:${port};SharedAccessKeyName=local;SharedAccessKey=local;UseDevelopmentEmulator=true;`,
    httpUrl: rest.url,
    journal: journal.entries,
    onEntry: (listener) => journal.listen(listener),
    queue: (name) => new QueueView(findQueue(name)),
    send: (queueName, message) => findQueue(queueName).send([contentOf(message)])[0] ?? 0,
    refuse: (queueName, refusing) => {
      findQueue(queueName).refusing = refusing;
    },
    dropConnections: () => cut(sockets),
    expireLocks: (queueName) => findQueue(queueName).expireLocks(),
    close: async () => {
      schedule.close();
      const closed = servers.all.map((server) => new Promise((resolve) => server.close(resolve)));
      cut(sockets);
      await Promise.all([...closed, rest.close()]);
    },
  };
}

/** Every open socket, with the client that talks through it once it has introduced itself. */
type Sockets = Map<Socket, ClientConnection | undefined>;

function cut(sockets: Sockets): void {
  for (const [socket, client] of [...sockets]) {
    // At once: whatever is enqueued next must not go to a client that is cut off.
    client?.end('vanished');
    // With an error, so that rhea notices and stops the connection's heartbeat.
    socket.destroy(new Error('The connection was cut.'));
  }
}

type Container = ReturnType<typeof createContainer>;
type Context = { connection: Connection; session: Session; sender: Sender; receiver: Receiver };

/** A rhea container that passes each connection's events on to its {@link ClientConnection}. */
function createBrokerContainer(findQueue: (address: string) => Queue, sockets: Sockets): Container {
  const container = createContainer();
  const clients = new WeakMap<Connection, ClientConnection>();
  const clientOf = ({ connection }: Context) => clients.get(connection);

  container.on('connection_open', ({ connection }: Context) => {
    const client = new ClientConnection(findQueue);
    clients.set(connection, client);
    const socket = socketOf(connection);
    sockets.set(socket, client);
    socket.once('close', () => client.end('vanished'));
  });
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

type Listening = { readonly all: readonly Server[]; readonly address: AddressInfo };

/** Listens on 127.0.0.1 and, where there is one, on ::1, at the same port: `localhost` may mean either. */
async function listen(container: Container, wantedPort: number, sockets: Sockets): Promise<Listening> {
  for (let attempt = 1; ; attempt += 1) {
    const first = await listenAt(container, '127.0.0.1', wantedPort, sockets);
    const address = first.address();
    if (address === null || typeof address === 'string') throw new Error('The server has no port.');
    try {
      return { all: [first, await listenAt(container, '::1', address.port, sockets)], address };
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT') return { all: [first], address };
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
