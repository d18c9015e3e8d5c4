import type { MessageLock } from './messageLocks.ts';
import type { QueueMessage } from './queueMessage.ts';

/** Someone who receives messages: at the AMQP edge a link with credit, over HTTP a request that waits. */
export type Consumer = {
  readonly receiveMode: 'peekLock' | 'receiveAndDelete';
  /**
   * Sends a message to the receiver; `lock` is undefined with `receiveAndDelete`.
   *
   * @returns whether the consumer has room for another
   */
  deliver(message: QueueMessage, lock: MessageLock | undefined): boolean;
};

/** A receiver that holds, or waits for, a session. */
export type SessionConsumer = Consumer & {
  /** The session lock ended without the receiver's doing. */
  sessionLost(): void;
};
