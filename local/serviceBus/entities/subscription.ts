import type { QueueMessage } from '../messages/queueMessage.ts';
import { createQueue, type Queue, type QueueDefinition } from './queue.ts';

/** A subscription of a topic: a queue of its own, which nobody sends to but the topic. */
export type Subscription = {
  readonly queue: Queue;
  /** Enqueues a copy of a message that the topic has accepted, with a sequence number of the subscription's own. */
  addCopy(message: QueueMessage): void;
};

/** @param definition with the subscription's full name, `<topic>/Subscriptions/<subscription>` */
export function createSubscription(definition: QueueDefinition): Subscription {
  const { queue, store, enqueue } = createQueue(definition);
  return {
    queue,
    addCopy(message) {
      const timeToLiveMs = Math.min(
        message.timeToLiveMs ?? Number.POSITIVE_INFINITY,
        definition.settings.defaultTimeToLiveMs,
      );
      const copy: QueueMessage = {
        ...message,
        sequenceNumber: store.nextSequenceNumber(),
        timeToLiveMs: Number.isFinite(timeToLiveMs) ? timeToLiveMs : undefined,
        changes: new Map(),
      };
      store.add(copy);
      enqueue(copy);
    },
  };
}
