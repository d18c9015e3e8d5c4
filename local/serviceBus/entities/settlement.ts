import type { MessageDelivery } from '../delivery/messageDelivery.ts';
import type { MessageLock, MessageLocks } from '../messages/messageLocks.ts';
import type { MessageStore } from '../messages/messageStore.ts';
import { noChanges, type PropertyChanges } from '../messages/propertyChanges.ts';
import type { QueueJournal } from '../messages/queueJournal.ts';
import type { QueueMessage } from '../messages/queueMessage.ts';
import { ServiceBusError } from '../messages/serviceBusError.ts';
import type { Schedule } from '../time/schedule.ts';
import type { ReceiveSettings } from './entityOptions.ts';
import type { Removal } from './removal.ts';

/** What a receiver may do with a message that it has locked. Everything throws a ServiceBusError if the lock is lost. */
export type Settlement = {
  complete(token: string): void;
  abandon(token: string, changes?: PropertyChanges): void;
  /** Gives the message back as if it had not been delivered. */
  release(token: string): void;
  deadLetter(token: string, reason?: string, description?: string, changes?: PropertyChanges): void;
  /** Returns the new end of the lock, in milliseconds since the epoch. */
  renewLock(token: string): number;
};

/** The other ways in which a message lock ends. */
export type LockEndings = {
  /** Its time is over. */
  loseLock(lock: MessageLock): void;
  /** The session lock that it belongs to has ended. */
  giveBack(lock: MessageLock, reason: 'released' | 'lockLost'): void;
};

export function createSettlement({
  settings,
  schedule,
  journal,
  store,
  locks,
  removal,
  delivery,
}: {
  settings: ReceiveSettings;
  schedule: Schedule;
  journal: QueueJournal;
  store: MessageStore;
  locks: MessageLocks;
  removal: Removal;
  delivery: MessageDelivery;
}): Settlement & LockEndings {
  function findLock(token: string): MessageLock {
    const lock = locks.find(token);
    if (lock !== undefined) return lock;
    throw settings.requiresSession
      ? new ServiceBusError('sessionLockLost', 'The session lock has expired. Accept the session again.')
      : new ServiceBusError(
          'messageLockLost',
          'The lock supplied is invalid. Either the lock expired, or the message has already been removed from the queue.',
        );
  }

  function change(message: QueueMessage, changes: PropertyChanges): void {
    for (const [key, value] of changes) message.changes.set(key, value);
  }

  /** Ends the lock; the message waits again, unless its deliveries or its time are used up. */
  function endLock(lock: MessageLock, isCounted: boolean): void {
    const { message } = lock;
    locks.end(lock);
    message.state = 'removed';
    if (isCounted && !settings.isDeadLetterQueue) message.deliveryCount += 1;
    if (message.deliveryCount >= settings.maxDeliveryCount) {
      removal.deadLetter(
        message,
        'MaxDeliveryCountExceeded',
        `Message could not be consumed after ${settings.maxDeliveryCount} delivery attempts.`,
      );
    } else if (message.expiresAt !== undefined && message.expiresAt <= schedule.now()) {
      removal.expire(message);
    } else {
      delivery.add(message);
    }
  }

  function giveBack(lock: MessageLock, reason: 'released' | 'lockLost'): void {
    const isLost = reason === 'lockLost';
    if (isLost) journal.addMessage('lockLost', lock.message);
    endLock(lock, isLost);
  }

  return {
    complete(token) {
      const lock = findLock(token);
      journal.addMessage('completed', lock.message);
      locks.end(lock);
      store.remove(lock.message);
    },
    abandon(token, changes = noChanges) {
      const lock = findLock(token);
      change(lock.message, changes);
      journal.addMessage('abandoned', lock.message);
      endLock(lock, true);
    },
    release(token) {
      endLock(findLock(token), false);
    },
    deadLetter(token, reason, description, changes = noChanges) {
      const lock = findLock(token);
      if (settings.isDeadLetterQueue) {
        throw new ServiceBusError('notAllowed', 'A message in a dead-letter queue cannot be dead-lettered.');
      }
      change(lock.message, changes);
      locks.end(lock);
      removal.deadLetter(lock.message, reason, description);
    },
    renewLock(token) {
      const lock = findLock(token);
      if (lock.siblings !== undefined) {
        throw new ServiceBusError(
          'notAllowed',
          'The lock of a message in a session is renewed together with the session lock.',
        );
      }
      locks.renew(lock);
      journal.addMessage('lockRenewed', lock.message);
      return lock.lockedUntil;
    },
    loseLock: (lock) => giveBack(lock, 'lockLost'),
    giveBack,
  };
}
