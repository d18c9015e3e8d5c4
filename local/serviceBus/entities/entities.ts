import { randomUUID } from 'node:crypto';
import type { History } from '../../history.ts';
import type { JournalEntry } from '../messages/journalEntry.ts';
import { ServiceBusError } from '../messages/serviceBusError.ts';
import type { Schedule } from '../time/schedule.ts';
import { type QueueOptions, receiveSettingsOf, sendSettingsOf, type TopicOptions } from './entityOptions.ts';
import { createQueue, type Queue } from './queue.ts';
import { createSendTarget, type SendTarget } from './sendTarget.ts';
import { createSubscription } from './subscription.ts';
import { createTopic } from './topic.ts';

/** What is at one address: something to send to, something to receive from, or, as a queue is, both. */
export type Entity = {
  /** @throws ServiceBusError for a subscription or a dead-letter queue */
  target(): SendTarget;
  /** @throws ServiceBusError for a topic */
  queue(): Queue;
};

/** @throws ServiceBusError for an address at which nothing is */
export type FindEntity = (address: string) => Entity;

/**
 * Creates the queues and topics of a namespace. Addresses are those of the service, in any case: `<queue>`, `<topic>`,
 * `<topic>/Subscriptions/<subscription>`, and `/$deadletterqueue` below a queue or subscription.
 */
export function createEntities({
  queues,
  topics,
  schedule,
  journal,
}: {
  queues: readonly QueueOptions[];
  topics: readonly TopicOptions[];
  schedule: Schedule;
  journal: History<JournalEntry>;
}): FindEntity {
  const entities = new Map<string, Entity>();

  function add(name: string, entity: Partial<Entity>): void {
    entities.set(name.toLowerCase(), {
      target() {
        throw new ServiceBusError('notAllowed', `Cannot send to '${name}': only to a queue or a topic.`);
      },
      queue() {
        throw notFound(name);
      },
      ...entity,
    });
  }

  function addQueue(queue: Queue, target?: SendTarget): void {
    add(queue.name, { queue: () => queue, ...(target && { target: () => target }) });
    if (queue.deadLetters) addQueue(queue.deadLetters);
  }

  for (const options of queues) {
    const { name } = options;
    const parts = createQueue({ name, settings: receiveSettingsOf(options), schedule, journal });
    const settings = sendSettingsOf(options);
    addQueue(parts.queue, createSendTarget({ ...parts, name, settings, schedule }));
  }

  for (const options of topics) {
    const { name } = options;
    const subscriptions = options.subscriptions.map((subscription) =>
      createSubscription({
        name: `${name}/Subscriptions/${subscription.name}`,
        settings: receiveSettingsOf(subscription),
        schedule,
        journal,
      }),
    );
    const topic = createTopic({ name, settings: sendSettingsOf(options), subscriptions, schedule, journal });
    // Receiving from a topic itself, the service says that there is no such entity.
    add(name, { target: () => topic });
    for (const { queue } of subscriptions) addQueue(queue);
  }

  return (address) => {
    const entity = entities.get(address.toLowerCase());
    if (entity === undefined) throw notFound(address);
    return entity;
  };
}

function notFound(address: string): ServiceBusError {
  const time = new Date().toISOString().slice(0, 'YYYY-MM-DDThh:mm:ss'.length);
  return new ServiceBusError(
    'entityNotFound',
    `The messaging entity 'sb://localhost/${address}' could not be found. To know more visit \
https://aka.ms/sbResourceMgrExceptions.  TrackingId:${randomUUID()}_G0, SystemTracker:localhost:${address}, Timestamp:${time}.`,
  );
}
