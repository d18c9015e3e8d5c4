import type { MessageLock } from '../messages/messageLocks.ts';
import type { QueueMessage } from '../messages/queueMessage.ts';
import type { ServiceBusError } from '../messages/serviceBusError.ts';

/** Someone who receives messages: at the AMQP edge a link with credit, over HTTP a request that waits. */
export type Consumer = {
  readonly receiveMode: 'peekLock' | 'receiveAndDelete';
  /**
   * Sends a message to the receiver; `lock` is undefined with `receiveAndDelete`.
   *
   * @returns whether the consumer has room for another
   */
  deliver(message: QueueMessage, lock: MessageLock | undefined): boolean;
  /** Tells the receiver that it gets nothing more, and why: its session lock is lost, for example. */
  detach(reason: ServiceBusError): void;
};
