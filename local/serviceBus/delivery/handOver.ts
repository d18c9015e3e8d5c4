import type { MessageLocks } from '../messages/messageLocks.ts';
import type { MessageStore } from '../messages/messageStore.ts';
import type { QueueJournal } from '../messages/queueJournal.ts';
import type { QueueMessage } from '../messages/queueMessage.ts';
import type { Consumer } from './consumer.ts';
import type { SessionLock } from './session.ts';

/**
 * Gives a message to a consumer: locked, or removed from the queue if the consumer's receive mode says so.
 *
 * @param sessionLock the lock through which the consumer receives, in a queue with sessions
 * @returns whether the consumer has room for another
 */
export type HandOver = (message: QueueMessage, consumer: Consumer, sessionLock?: SessionLock) => boolean;

export function createHandOver({
  locks,
  store,
  journal,
}: {
  locks: MessageLocks;
  store: MessageStore;
  journal: QueueJournal;
}): HandOver {
  return (message, consumer, sessionLock) => {
    if (consumer.receiveMode === 'receiveAndDelete') {
      const hasRoom = consumer.deliver(message, undefined);
      journal.addMessage('delivered', message);
      journal.addMessage('completed', message);
      store.remove(message);
      return hasRoom;
    }
    const lock =
      sessionLock === undefined
        ? locks.start(message)
        : locks.startInSession(message, sessionLock.messageLocks, sessionLock.lockedUntil);
    const hasRoom = consumer.deliver(message, lock);
    journal.addMessage('delivered', message);
    return hasRoom;
  };
}
