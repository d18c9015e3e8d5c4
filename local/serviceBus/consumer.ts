import type { MessageLock, QueueMessage } from './queueMessage.ts';

/** Someone who receives messages: at the AMQP edge, a link with credit. */
export type Consumer = {
  readonly receiveMode: 'peekLock' | 'receiveAndDelete';
  /** Takes a message (`lock` is undefined with `receiveAndDelete`), and answers whether there is room for another. */
  deliver(message: QueueMessage, lock: MessageLock | undefined): boolean;
};
