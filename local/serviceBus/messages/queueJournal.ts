import type { History } from '../../history.ts';
import type { JournalEntry, JournalEntryType } from './journalEntry.ts';
import type { MessageContent } from './messageContent.ts';
import type { QueueMessage } from './queueMessage.ts';

type Details = Pick<JournalEntry, 'reason' | 'description' | 'body'>;

/** Writes what happens in one queue into the journal of the whole broker. */
export type QueueJournal = {
  addMessage(type: JournalEntryType, message: QueueMessage, details?: Details): void;
  /** For a message that did not get into the queue. */
  addContent(type: JournalEntryType, content: MessageContent, details?: Details): void;
  addSession(type: JournalEntryType, sessionId: string): void;
};

export function createQueueJournal(
  journal: History<JournalEntry>,
  queue: string,
  now: () => number,
): QueueJournal {
  return {
    addMessage(type, message, details) {
      journal.add({
        at: now(),
        type,
        queue,
        sequenceNumber: message.sequenceNumber,
        messageId: message.content.messageId,
        sessionId: message.content.sessionId,
        deliveryCount: message.deliveryCount + (message.state === 'locked' ? 1 : 0),
        ...details,
      });
    },
    addContent(type, { messageId, sessionId }, details) {
      journal.add({ at: now(), type, queue, messageId, sessionId, ...details });
    },
    addSession(type, sessionId) {
      journal.add({ at: now(), type, queue, sessionId });
    },
  };
}
