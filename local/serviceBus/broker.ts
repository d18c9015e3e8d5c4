import { createHistory } from '../history.ts';
import type { FaultHook } from '../http/fault.ts';
import { startAmqpServer } from './amqp/amqpServer.ts';
import { contentOf, type OutgoingMessage } from './encoding/outgoingMessage.ts';
import { createEntities } from './entities/entities.ts';
import type { QueueOptions, TopicOptions } from './entities/entityOptions.ts';
import type { JournalEntry } from './messages/journalEntry.ts';
import { createQueueView, type QueueView } from './queueView.ts';
import { createLeftOut, type Tls } from './rest/leftOut.ts';
import { startRestServer } from './rest/restServer.ts';
import { type Clock, systemClock } from './time/clock.ts';
import { createSchedule } from './time/schedule.ts';

export type { OutgoingMessage } from './encoding/outgoingMessage.ts';
export type { QueueOptions, SubscriptionOptions, TopicOptions } from './entities/entityOptions.ts';
export type { JournalEntry, JournalEntryType } from './messages/journalEntry.ts';
export type { MessageView, QueueCounts, QueueView } from './queueView.ts';

export type ServiceBusOptions = {
  /** Default: any free port. */
  port?: number;
  /** For the REST API. Default: any free port. */
  httpPort?: number;
  /** For clients that speak TLS to the AMQP port: they are told that it is left out. Default: they are cut off. */
  tls?: Tls;
  queues?: readonly QueueOptions[];
  topics?: readonly TopicOptions[];
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
  /** What is in a queue, a subscription or a dead-letter queue. @throws Error if there is nothing with this name */
  queue(name: string): QueueView;
  /**
   * Sends to a queue or topic from inside the process, and returns the sequence number: 0 if duplicate detection
   * dropped the message.
   * @throws ServiceBusError for whatever a client would be refused for.
   */
  send(name: string, message: OutgoingMessage): number;
  /** Fault: while `refusing`, the queue or topic has reached its quota: sends fail, `amqp:resource-limit-exceeded`. */
  refuse(name: string, refusing: boolean): void;
  /**
   * Fault: while `disabled`, nobody receives from the subscription or settles its messages, and receivers are told
   * so, `com.microsoft:entity-disabled`. It still gets its copies.
   */
  disable(subscriptionName: string, disabled: boolean): void;
  /** Fault: cuts every AMQP connection. */
  dropConnections(): void;
  /** Fault: every message lock and session lock of the queue or subscription is lost at once. */
  expireLocks(name: string): void;
  /** What goes wrong with requests to the REST API from now on; may be set at any time. */
  httpFault: FaultHook | undefined;
  /** Cuts every connection and frees the port. Messages are gone with the process. */
  close(): Promise<void>;
};

/** Starts a server on the loopback interface that behaves as Service Bus does, over AMQP 1.0 and HTTP. */
export async function startServiceBus(options: ServiceBusOptions): Promise<ServiceBus> {
  const schedule = createSchedule(options.clock ?? systemClock);
  const journal = createHistory<JournalEntry>(options.keepJournal === false ? 0 : Number.POSITIVE_INFINITY);
  const { queues = [], topics = [] } = options;
  const findEntity = createEntities({ queues, topics, schedule, journal });

  const takeOther = createLeftOut(options.tls);
  const amqp = await startAmqpServer({ findEntity, port: options.port ?? 0, takeOther });
  const rest = await startRestServer({
    findEntity,
    schedule,
    port: options.httpPort ?? 0,
    faultFor: (request) => serviceBus.httpFault?.(request),
  }).catch(async (error: unknown) => {
    await amqp.close();
    throw error;
  });

  const serviceBus: ServiceBus = {
    port: amqp.port,
    connectionString: `Endpoint=sb://localhost:${amqp.port};SharedAccessKeyName=local;SharedAccessKey=local;UseDevelopmentEmulator=true;`,
    httpUrl: rest.url,
    journal: journal.entries,
    onEntry: journal.listen,
    queue: (name) => createQueueView(findEntity(name).queue()),
    send: (name, message) =>
      findEntity(name)
        .target()
        .send([contentOf(message)])[0] ?? 0,
    refuse: (name, refusing) => findEntity(name).target().refuse(refusing),
    disable: (name, disabled) => findEntity(name).queue().disable(disabled),
    dropConnections: amqp.dropConnections,
    expireLocks: (name) => findEntity(name).queue().expireLocks(),
    async close() {
      schedule.close();
      await Promise.all([amqp.close(), rest.close()]);
    },
    httpFault: undefined,
  };
  return serviceBus;
}
