import type { ServiceBusError } from '../messages/serviceBusError.ts';
import { WaitingMessages } from '../messages/waitingMessages.ts';
import type { Consumer } from './consumer.ts';
import type { HandOver } from './handOver.ts';
import type { MessageDelivery } from './messageDelivery.ts';

/** Delivery in a queue without sessions: all consumers with room take turns. */
export type SharedDelivery = MessageDelivery & {
  /** The consumer has room: it gets messages now and later, until it says otherwise or is full. */
  start(consumer: Consumer): void;
  stop(consumer: Consumer): void;
  /** Takes every consumer with room off the queue, and tells it why. */
  detachAll(reason: ServiceBusError): void;
};

export function createSharedDelivery(handOver: HandOver): SharedDelivery {
  const waiting = new WaitingMessages();
  const consumers = new Set<Consumer>();

  function deliver(): void {
    for (const consumer of consumers) {
      const message = waiting.takeFirst();
      if (message === undefined) return;
      // Out and in again, so that consumers take turns.
      consumers.delete(consumer);
      if (handOver(message, consumer)) consumers.add(consumer);
    }
  }

  return {
    add(message) {
      waiting.add(message);
      deliver();
    },
    remove: (message) => waiting.remove(message),
    start(consumer) {
      consumers.add(consumer);
      deliver();
    },
    stop(consumer) {
      consumers.delete(consumer);
    },
    detachAll(reason) {
      for (const consumer of [...consumers]) {
        consumers.delete(consumer);
        consumer.detach(reason);
      }
    },
  };
}
