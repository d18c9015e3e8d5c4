import { createHistory } from '../http/history.ts';
import { startAmqpServer } from './amqpServer.ts';
import { type Clock, systemClock } from './clock.ts';
import type { JournalEntry } from './journalEntry.ts';
import { contentOf, type OutgoingMessage } from './messageContent.ts';
import { createQueue, type Queue } from './queue.ts';
import { type QueueOptions, settingsOf } from './queueOptions.ts';
import { createQueueView, type QueueView } from './queueView.ts';
import { startRest } from './rest.ts';
import { createSchedule } from './schedule.ts';
import { ServiceBusError } from './serviceBusError.ts';

export type { JournalEntry, JournalEntryType } from './journalEntry.ts';
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
  /** What locks, times to live, scheduled messages and waiting receivers go by. Default: the machine's time. */
  clock?: Clock;
};

/** A running local Service Bus. */
export type ServiceBus = {
  readonly port: number;
  /** For `@azure/service-bus`, the Functions host and the like, unmodified. */
  readonly connectionString: string;
  /** The REST API for single messages: scheme, `localhost` and port, without a slash at the end. */
  readonly httpUrl: string;
  /** Everything that the broker has done, in order. */
  readonly journal: readonly JournalEntry[];
  /** Calls `listener` for every entry, while it is happening: keep it short. The returned function ends that. */
  onEntry(listener: (entry: JournalEntry) => void): () => void;
  /** What is in a queue. @throws Error for a name that is not a queue. */
  queue(name: string): QueueView;
  /**
   * Enqueues from inside the process, and returns the sequence number: 0 if duplicate detection dropped it.
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

/** Starts a server on the loopback interface that behaves as Service Bus does, over AMQP 1.0 and HTTP. */
export async function startServiceBus(options: ServiceBusOptions): Promise<ServiceBus> {
  const schedule = createSchedule(options.clock ?? systemClock);
  const journal = createHistory<JournalEntry>(options.keepJournal === false ? 0 : Number.POSITIVE_INFINITY);
  const queues = new Map<string, Queue>();
  for (const { name, ...settings } of options.queues) {
    queues.set(name.toLowerCase(), createQueue({ name, settings: settingsOf(settings), schedule, journal }));
  }

  const findQueue = (address: string): Queue => {
    const lower = address.toLowerCase();
    const isDeadLetters = lower.endsWith(deadLetterSuffix);
    const queue = queues.get(isDeadLetters ? lower.slice(0, -deadLetterSuffix.length) : lower);
    const found = isDeadLetters ? queue?.deadLetters : queue;
    if (found !== undefined) return found;
    throw new ServiceBusError('amqp:not-found', `The messaging entity '${address}' could not be found.`);
  };

  const amqp = await startAmqpServer({ findQueue, port: options.port ?? 0 });
  const rest = await startRest({ findQueue, schedule, port: options.httpPort ?? 0 }).catch(
    async (error: unknown) => {
      await amqp.close();
      throw error;
    },
  );

  return {
    port: amqp.port,
    connectionString: `Endpoint=sb://localhost:${amqp.port};SharedAccessKeyName=local;SharedAccessKey=local;UseDevelopmentEmulator=true;`,
    httpUrl: rest.url,
    journal: journal.entries,
    onEntry: journal.listen,
    queue: (name) => createQueueView(findQueue(name)),
    send: (queueName, message) => findQueue(queueName).send([contentOf(message)])[0] ?? 0,
    refuse: (queueName, refusing) => findQueue(queueName).refuse(refusing),
    dropConnections: amqp.dropConnections,
    expireLocks: (queueName) => findQueue(queueName).expireLocks(),
    async close() {
      schedule.close();
      await Promise.all([amqp.close(), rest.close()]);
    },
  };
}
