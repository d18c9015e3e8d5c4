import type { MessageStore } from '../messages/messageStore.ts';
import type { QueueJournal } from '../messages/queueJournal.ts';
import type { QueueMessage } from '../messages/queueMessage.ts';

/** How messages leave a queue that nobody has completed. They neither wait for delivery nor are locked by then. */
export type Removal = {
  /** Its time to live is over: to the dead-letter queue if the queue is set so, otherwise dropped. */
  expire(message: QueueMessage): void;
  /** @param reason absent, like the description, if a receiver gave none */
  deadLetter(message: QueueMessage, reason: string | undefined, description: string | undefined): void;
};

/** @param addDeadLetter puts a message into the dead-letter queue; a dead-letter queue itself has none */
export function createRemoval({
  name,
  deadLetteringOnMessageExpiration,
  store,
  journal,
  addDeadLetter,
}: {
  name: string;
  deadLetteringOnMessageExpiration: boolean;
  store: MessageStore;
  journal: QueueJournal;
  addDeadLetter: ((message: QueueMessage) => void) | undefined;
}): Removal {
  function deadLetter(message: QueueMessage, reason?: string, description?: string): void {
    journal.addMessage('deadLettered', message, { reason, description });
    store.remove(message);
    const changes = new Map(message.changes);
    if (reason !== undefined) changes.set('DeadLetterReason', reason);
    if (description !== undefined) changes.set('DeadLetterErrorDescription', description);
    addDeadLetter?.({ ...message, expiresAt: undefined, changes, deadLetterSource: name });
  }

  return {
    expire(message) {
      journal.addMessage('expired', message);
      if (deadLetteringOnMessageExpiration) {
        deadLetter(message, 'TTLExpiredException', 'The message expired and was dead lettered.');
      } else {
        store.remove(message);
      }
    },
    deadLetter,
  };
}
