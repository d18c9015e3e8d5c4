import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';
import rhea, { type Connection, type EventContext, type Message, type Sender } from 'rhea';
import {
  type AmqpError,
  conditions,
  creditOf,
  decode,
  holdAttach,
  internals,
  outgoing,
  type RemoteAttach,
  settleDelivery,
  ticks,
} from './amqp.ts';
import type { JournalEntry, JournalListener } from './journal.ts';
import { manage, scheduledTime } from './management.ts';
import { type Consumer, type Disposition, Queue, type QueueOptions } from './queue.ts';

const MAX_MESSAGE_BYTES = 256 * 1024;
const BATCH_FORMAT = 0x80013700;
const SESSION_FILTER = 'com.microsoft:session-filter';
/** How long a receiver waits for a session where it does not say. */
const DEFAULT_SESSION_WAIT_MS = 60_000;

/** A Service Bus namespace on loopback. */
export type ServiceBus = {
  readonly port: number;
  /** For `new ServiceBusClient(…)` and for the `ServiceBusConnection` setting. */
  readonly connectionString: string;
  /** Everything that happened, in order. */
  readonly journal: readonly JournalEntry[];
  /** A queue by name; its dead-letter queue by `NAME/$deadletterqueue`. Throws where there is none. */
  queue(name: string): Queue;
  /** Calls the listener on every change from now on. */
  onEntry(listener: JournalListener): void;
  /** Cuts every client's connection: a fault for tests. */
  dropConnections(): void;
  close(): Promise<void>;
};

/**
 * Starts an AMQP 1.0 server with the semantics of Service Bus queues. Any key is accepted: it listens on
 * loopback only.
 *
 * @param port 0, the default, takes a free one
 * @param keepJournal false: entries go to listeners only, for runs of many thousand messages
 */
export async function startServiceBus({
  port = 0,
  queues,
  keepJournal = true,
}: {
  port?: number;
  queues: readonly QueueOptions[];
  keepJournal?: boolean;
}): Promise<ServiceBus> {
  const journal: JournalEntry[] = [];
  const listeners = new Set<JournalListener>();
  const note: JournalListener = (entry) => {
    if (keepJournal) journal.push(entry);
    for (const listener of listeners) listener(entry);
  };

  const all = new Map<string, Queue>();
  for (const options of queues) {
    const deadLetters = new Queue({ name: `${options.name}/$deadletterqueue`, maxDeliveryCount: 2000 }, note);
    all.set(options.name.toLowerCase(), new Queue(options, note, deadLetters));
    all.set(deadLetters.options.name.toLowerCase(), deadLetters);
  }
  const find = (address: string | undefined) =>
    all.get(
      decodeURIComponent(
        (address ?? '').replace(/^(amqps?|sb):\/\/[^/]+\//, '').replace(/^\//, ''),
      ).toLowerCase(),
    );

  const container = rhea.create_container({ id: 'local-service-bus' });
  // Session links and senders are settled and credited by hand.
  const linkOptions = {
    receiver_options: { autoaccept: false },
    sender_options: { autosettle: false, treat_modified_as_released: false },
  };
  (
    container as unknown as { sasl_server_mechanisms: { enable_anonymous(): void } }
  ).sasl_server_mechanisms.enable_anonymous();

  const connections = new Set<Connection>();
  /** What is to be undone when a link ends, however it ends. */
  const endings = new Map<object, () => void>();
  const end = (link: object) => {
    endings.get(link)?.();
    endings.delete(link);
  };

  container.on('connection_open', ({ connection }: EventContext) => connections.add(connection));
  const forgetConnection = ({ connection }: EventContext) => {
    connections.delete(connection);
    for (const link of [...endings.keys()]) {
      if ((link as { connection: Connection }).connection === connection) end(link);
    }
  };
  container.on('connection_close', forgetConnection);
  container.on('disconnected', forgetConnection);
  container.on('session_close', ({ session }: EventContext) => {
    for (const link of [...endings.keys()]) {
      if (internals(link).session === session) end(link);
    }
  });
  container.on('sender_close', ({ sender }: EventContext) => sender && end(sender));
  for (const fault of [
    'error',
    'connection_error',
    'session_error',
    'sender_error',
    'receiver_error',
    'protocol_error',
  ]) {
    container.on(fault, () => {});
  }

  // A client sends: to a queue, to its management node, or to the node that takes tokens.
  container.on('receiver_open', ({ receiver }: EventContext) => {
    const link = internals(receiver as object);
    const address = link.remote.attach?.target?.address;
    echo(link, address);
    link.local.attach.max_message_size = MAX_MESSAGE_BYTES;
    if (!isNode(address) && !find(address)) refuse(link, notFound(address));
  });

  container.on('message', ({ connection, receiver, delivery, message }: EventContext) => {
    if (!receiver || !delivery || !message) return;
    const address = internals(receiver).remote.attach?.target?.address ?? '';
    if (address === '$cbs') {
      delivery.update(true, accepted());
      reply(connection, message, {
        correlation_id: message.message_id ?? '',
        application_properties: { 'status-code': rhea.types.wrap_int(202), 'status-description': 'Accepted' },
        body: '',
      });
      return;
    }
    const node = /^(.*)\/\$management$/i.exec(address)?.[1];
    if (node !== undefined) {
      delivery.update(true, accepted());
      const managed = find(node);
      if (managed) reply(connection, message, manage(managed, message));
      return;
    }
    const queue = find(address);
    const isBatch = (delivery as { format?: number }).format === BATCH_FORMAT;
    const messages = queue ? unpack(message, isBatch) : [];
    const error = queue && refusal(queue, messages, message);
    if (error) {
      delivery.reject(error);
      return;
    }
    for (const one of messages) queue?.enqueue(one, scheduledTime(one));
    delivery.update(true, accepted());
  });

  // A client receives: messages of a queue or of a session, or answers of a node.
  container.on('sender_open', ({ sender }: EventContext) => {
    if (!sender) return;
    const link = internals(sender);
    const attach = link.remote.attach ?? {};
    const address = attach.source?.address;
    echo(link, address);
    link.local.attach.snd_settle_mode = attach.snd_settle_mode;
    link.local.attach.rcv_settle_mode = attach.rcv_settle_mode;
    if (isNode(address)) return;
    const queue = find(address);
    if (!queue) refuse(link, notFound(address));
    else if (attach.source?.filter && SESSION_FILTER in attach.source.filter)
      acceptSession(sender, queue, attach);
    else if (queue.options.requiresSession) {
      refuse(link, {
        condition: conditions.notAllowed,
        description: `The queue '${address}' requires sessions; accept a session to receive from it.`,
      });
    } else {
      const consumer = consumerOf(sender);
      serve(sender, queue, '', queue.addConsumer(consumer));
    }
  });

  function acceptSession(sender: Sender, queue: Queue, attach: RemoteAttach): void {
    const link = internals(sender);
    const consumer: Consumer = {
      ...consumerOf(sender),
      sessionLockLost() {
        end(sender);
        sender.close({
          condition: conditions.sessionLockLost,
          description: 'The lock on the session has expired.',
        });
      },
    };
    const open = (sessionId: string) => {
      const until = queue.acceptSession(sessionId, consumer);
      if (until === undefined) {
        return refuse(link, {
          condition: conditions.sessionCannotBeLocked,
          description: `The session '${sessionId}' is locked by another receiver.`,
        });
      }
      link.set_source({ address: queue.options.name, filter: { [SESSION_FILTER]: sessionId } });
      link.local.attach.properties = {
        'com.microsoft:locked-until-utc': rhea.types.wrap_long(ticks(until) as never),
      };
      link.open();
      serve(sender, queue, sessionId, () => queue.releaseSession(sessionId, consumer));
    };
    const wanted = attach.source?.filter?.[SESSION_FILTER];
    if (typeof wanted === 'string') return open(wanted);

    holdAttach(link);
    const timer = setTimeout(
      () => {
        end(sender);
        link.set_source({ address: queue.options.name });
        link.open();
        sender.close({
          condition: conditions.timeout,
          description: 'No session with messages became available in time.',
        });
      },
      Number(attach.properties?.['com.microsoft:timeout'] ?? DEFAULT_SESSION_WAIT_MS),
    );
    const stopWaiting = queue.acceptNextSession((sessionId) => {
      endings.delete(sender);
      clearTimeout(timer);
      open(sessionId);
    });
    if (!endings.has(sender) && !link.state.local_open) {
      endings.set(sender, () => {
        clearTimeout(timer);
        stopWaiting();
      });
    }
  }

  function consumerOf(sender: Sender): Consumer {
    const receiveAndDelete = internals(sender).remote.attach?.snd_settle_mode === 1;
    return {
      receiveAndDelete,
      hasCredit: () => sender.is_open() && creditOf(sender) > 0,
      deliver(queued, lock) {
        sender.send(outgoing(queued, lock), lock?.token as never);
      },
    };
  }

  /** Feeds a link for as long as it lives, and settles what it settles. */
  function serve(sender: Sender, queue: Queue, sessionId: string, release: () => void): void {
    endings.set(sender, release);
    sender.on('sender_flow', () => queue.pump(sessionId));
    sender.on('sender_draining', () => {
      queue.pump(sessionId);
      sender.set_drained(true);
    });
    const settleWith = (disposition: (context: EventContext) => Disposition) => (context: EventContext) => {
      if (!context.delivery) return;
      const settled = queue.settle(context.delivery.tag as Buffer, disposition(context));
      settleDelivery(context.delivery, settled ? undefined : lockLost(queue));
    };
    sender.on(
      'accepted',
      settleWith(() => ({ type: 'complete' })),
    );
    sender.on(
      'released',
      settleWith(() => ({ type: 'abandon' })),
    );
    sender.on(
      'modified',
      settleWith(({ delivery }) => ({ type: stateOf(delivery).undeliverable_here ? 'defer' : 'abandon' })),
    );
    sender.on(
      'rejected',
      settleWith(({ delivery }) => {
        const { DeadLetterReason, DeadLetterErrorDescription } = stateOf(delivery).error?.info ?? {};
        return {
          type: 'deadLetter',
          ...(DeadLetterReason && { reason: DeadLetterReason }),
          ...(DeadLetterErrorDescription && { description: DeadLetterErrorDescription }),
        };
      }),
    );
    queue.pump(sessionId);
  }

  const servers: Server[] = [];
  for (const host of ['127.0.0.1', '::1']) {
    const server = container.listen({
      port: (servers[0]?.address() as AddressInfo | undefined)?.port ?? port,
      host,
      ...linkOptions,
    });
    try {
      await once(server, 'listening');
      servers.push(server);
    } catch (error) {
      // A machine may lack IPv6; the IPv4 address is what counts.
      if (servers.length === 0) throw error;
    }
  }
  const listeningPort = (servers[0]?.address() as AddressInfo | undefined)?.port ?? port;

  const dropConnections = () => {
    for (const connection of [...connections]) {
      (connection as unknown as { socket: Socket }).socket.destroy();
    }
  };
  return {
    port: listeningPort,
    connectionString: `Endpoint=sb://localhost:${listeningPort};SharedAccessKeyName=local;SharedAccessKey=local;UseDevelopmentEmulator=true;`,
    journal,
    queue(name) {
      const queue = find(name);
      if (!queue) throw new Error(`There is no queue ${name} here.`);
      return queue;
    },
    onEntry: (listener) => listeners.add(listener),
    dropConnections,
    async close() {
      const closed = servers.map((server) => {
        const done = once(server, 'close');
        server.close();
        return done;
      });
      dropConnections();
      for (const ending of [...endings.keys()]) end(ending);
      for (const queue of all.values()) queue.close();
      await Promise.all(closed);
    },
  };
}

function echo(link: ReturnType<typeof internals>, address: string | undefined): void {
  const { source, target } = link.remote.attach ?? {};
  link.set_source({ address: source?.address ?? address });
  link.set_target({ address: target?.address ?? address });
}

function refuse(link: ReturnType<typeof internals>, error: AmqpError): void {
  link.open();
  (link as unknown as { close(error: AmqpError): void }).close(error);
}

/** Sends a node's answer down the link that the requester opened for it. */
function reply(connection: Connection, request: Message, answer: Message): void {
  const { reply_to } = request;
  const link = connection.find_sender((sender: Sender) => {
    const { name, remote } = internals(sender);
    return sender.is_open() && (name === reply_to || remote.attach?.target?.address === reply_to);
  });
  link?.send(answer);
}

function isNode(address: string | undefined): boolean {
  return address === '$cbs' || /\/\$management$/i.test(address ?? '');
}

function notFound(address: string | undefined): AmqpError {
  return {
    condition: conditions.notFound,
    description: `The messaging entity '${address}' could not be found.`,
  };
}

function lockLost(queue: Queue): AmqpError {
  return queue.options.requiresSession
    ? { condition: conditions.sessionLockLost, description: 'The lock on the session has expired.' }
    : { condition: conditions.messageLockLost, description: 'The lock on the message has expired.' };
}

function refusal(queue: Queue, messages: readonly Message[], raw: Message): AmqpError | undefined {
  if (queue.refusing)
    return { condition: conditions.quotaExceeded, description: 'The queue refuses messages.' };
  const tooLarge = Buffer.isBuffer(raw) && raw.length > MAX_MESSAGE_BYTES;
  if (tooLarge || messages.some((message) => sizeOf(message) > MAX_MESSAGE_BYTES)) {
    return {
      condition: conditions.tooLarge,
      description: `A message may have ${MAX_MESSAGE_BYTES} bytes at most.`,
    };
  }
  if (queue.options.requiresSession && messages.some((message) => message.group_id === undefined)) {
    return {
      condition: conditions.notAllowed,
      description:
        'The SessionId was not set on a message, and it cannot be sent to the queue, which requires sessions.',
    };
  }
  return undefined;
}

function sizeOf(message: Message): number {
  const { content } = (message.body ?? {}) as { content?: unknown };
  return Buffer.isBuffer(content) ? content.length : 0;
}

/** A batch is a message whose data sections each hold an encoded message. */
function unpack(message: Message, isBatch: boolean): Message[] {
  if (!isBatch) return [message];
  const batch = Buffer.isBuffer(message) ? decode(message) : message;
  const { content } = batch.body as { content: Buffer | Buffer[] };
  return [content].flat().map((encoded) => decode(encoded));
}

function stateOf(delivery: EventContext['delivery']) {
  return ((delivery as { remote_state?: object } | undefined)?.remote_state ?? {}) as {
    undeliverable_here?: boolean;
    error?: { info?: { DeadLetterReason?: string; DeadLetterErrorDescription?: string } };
  };
}

function accepted(): never {
  return (rhea.message as unknown as { accepted(): { described(): never } }).accepted().described();
}
