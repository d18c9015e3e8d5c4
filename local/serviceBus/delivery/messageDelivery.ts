import type { QueueMessage } from '../messages/queueMessage.ts';

/** Which of the receivers of a queue gets which message, and when; there is one way for each kind of queue. */
export type MessageDelivery = {
  /** The message waits for delivery, in the place of its sequence number; whoever has room gets it at once. */
  add(message: QueueMessage): void;
  /** Removes a message that waits for delivery. */
  remove(message: QueueMessage): void;
};
