import {
  isServiceBusError,
  type ServiceBusClient,
  type ServiceBusMessage,
  type ServiceBusReceivedMessage,
  type ServiceBusReceiver,
} from '@azure/service-bus';
import Long from 'long';
import { watchConnection } from '../command/connectionWatch.ts';
import { readSetting } from '../settings.ts';
import { pagesOf, peekAll } from './peek.ts';
import { toUnreachableError, unreachableHint } from './problem.ts';
import type { Target } from './target.ts';

/** The subscription to results at which people and commands look. */
const RECENT = 'recent';
/** The subscriptions to results that every installation has. */
export const standardSubscriptions = ['tickets', RECENT];

/** A place where messages are: a queue, a subscription, or the dead-letter queue of either. */
export type MessageSource = {
  /** What a person calls it. */
  readonly name: string;
  /** Its messages have their bodies as they were sent. */
  createReceiver(): ServiceBusReceiver;
};

/** A dead-letter queue; `resend` puts a message back to where requests, or results, are sent to. */
export type DeadLetterSource = MessageSource & { resend(message: ServiceBusMessage): Promise<void> };

/** The queue of requests and the topic of results, and what can be done with them. */
export type Namespace = {
  /** The host, for messages. */
  readonly host: string;
  readonly requestsQueue: string;
  readonly resultsTopic: string;
  readonly requests: MessageSource;
  /** The results of the last day; nobody takes any. */
  readonly results: MessageSource;
  readonly deadRequests: DeadLetterSource;
  /** The dead letters of a subscription to results. */
  deadResults(subscription: string): DeadLetterSource;
  /** Opens the way to the requests queue, which takes the right to send. Sends nothing. */
  openSender(): Promise<void>;
  /** Puts a message on the requests queue. */
  send(message: ServiceBusMessage): Promise<void>;
  /** Puts a message on the requests queue for later; resolves to its sequence number, in decimal. */
  schedule(message: ServiceBusMessage, at: Date): Promise<string>;
  /** Takes a scheduled message back; false if there is none with this number. */
  cancel(sequenceNumber: string): Promise<boolean>;
  /** What is in a source, oldest first; see {@link peekAll}. */
  peek(source: MessageSource, follow?: AbortSignal): AsyncGenerator<ServiceBusReceivedMessage>;
};

/** The requests and results of this app on a client's namespace. */
export function openNamespace(client: ServiceBusClient, target: Target): Namespace {
  const { host } = target;
  const requestsQueue = readSetting('REQUESTS_QUEUE');
  const resultsTopic = readSetting('RESULTS_TOPIC');
  const connectionWatch = watchConnection(host, { hint: unreachableHint(target) });
  const run = <T>(operation: () => Promise<T>) =>
    connectionWatch(operation).catch((error: unknown): never => {
      throw toUnreachableError(error, target);
    });
  const sendTo = (name: string, message: ServiceBusMessage) =>
    run(() => client.createSender(name).sendMessages(message));
  const raw = { skipParsingBodyAsJson: true };
  const dead = { ...raw, subQueueType: 'deadLetter' } as const;
  return {
    host,
    requestsQueue,
    resultsTopic,
    requests: { name: requestsQueue, createReceiver: () => client.createReceiver(requestsQueue, raw) },
    results: { name: RECENT, createReceiver: () => client.createReceiver(resultsTopic, RECENT, raw) },
    deadRequests: {
      name: requestsQueue,
      createReceiver: () => client.createReceiver(requestsQueue, dead),
      resend: (message) => sendTo(requestsQueue, message),
    },
    deadResults: (subscription) => ({
      name: subscription,
      createReceiver: () => client.createReceiver(resultsTopic, subscription, dead),
      resend: (message) => sendTo(resultsTopic, message),
    }),
    // How large a batch may be is known once the link is open.
    openSender: () => run(async () => void (await client.createSender(requestsQueue).createMessageBatch())),
    send: (message) => sendTo(requestsQueue, message),
    async schedule(message, at) {
      const [sequenceNumber] = await run(() =>
        client.createSender(requestsQueue).scheduleMessages(message, at),
      );
      return String(sequenceNumber ?? 0);
    },
    cancel(sequenceNumber) {
      return run(async () => {
        try {
          await client.createSender(requestsQueue).cancelScheduledMessages(Long.fromString(sequenceNumber));
          return true;
        } catch (error) {
          if (isServiceBusError(error) && error.code === 'MessageNotFound') return false;
          throw error;
        }
      });
    },
    peek({ createReceiver }, follow) {
      const peekPage = pagesOf(createReceiver());
      return peekAll((from) => run(() => peekPage(from)), follow);
    },
  };
}
