import type { QueueMessage } from './queueMessage.ts';

/** Everything in one queue, by sequence number, whatever its state. */
export type MessageStore = {
  readonly size: number;
  /** By sequence number, except in a dead-letter queue: there by arrival. */
  all(): IterableIterator<QueueMessage>;
  find(sequenceNumber: number): QueueMessage | undefined;
  /** The next unused sequence number. */
  nextSequenceNumber(): number;
  add(message: QueueMessage): void;
  /** Gives a message the next sequence number in place of its own. */
  renumber(message: QueueMessage): void;
  /** Takes a message out of the queue, and with it whatever was due for it. */
  remove(message: QueueMessage): void;
  /** The first `count` messages from a sequence number on, of one session or of all. */
  peek(fromSequenceNumber: number, count: number, sessionId?: string): QueueMessage[];
};

/** @param isDeadLetterQueue whether messages arrive with numbers of their own, and so in any order */
export function createMessageStore({ isDeadLetterQueue }: { isDeadLetterQueue: boolean }): MessageStore {
  const messages = new Map<number, QueueMessage>();
  let lastSequenceNumber = 0;

  const nextSequenceNumber = () => {
    lastSequenceNumber += 1;
    return lastSequenceNumber;
  };

  return {
    get size() {
      return messages.size;
    },
    all: () => messages.values(),
    find: (sequenceNumber) => messages.get(sequenceNumber),
    nextSequenceNumber,
    add(message) {
      messages.set(message.sequenceNumber, message);
    },
    renumber(message) {
      messages.delete(message.sequenceNumber);
      message.sequenceNumber = nextSequenceNumber();
      messages.set(message.sequenceNumber, message);
    },
    remove(message) {
      message.state = 'removed';
      message.alarm?.cancel();
      message.alarm = undefined;
      messages.delete(message.sequenceNumber);
    },
    peek(fromSequenceNumber, count, sessionId) {
      const found: QueueMessage[] = [];
      for (const message of messages.values()) {
        if (message.sequenceNumber < fromSequenceNumber) continue;
        if (sessionId !== undefined && message.content.sessionId !== sessionId) continue;
        found.push(message);
        if (!isDeadLetterQueue && found.length === count) break;
      }
      return found.sort((a, b) => a.sequenceNumber - b.sequenceNumber).slice(0, count);
    },
  };
}
