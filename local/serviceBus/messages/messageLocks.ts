import { randomUUID } from 'node:crypto';
import type { Alarm, Schedule } from '../time/schedule.ts';
import type { QueueMessage } from './queueMessage.ts';

/** A receiver's hold on a message. */
export type MessageLock = {
  /** 32 hexadecimal digits. */
  readonly token: string;
  readonly message: QueueMessage;
  /** In a queue with sessions: all locks that belong to the same session lock, this one included, and end with it. */
  readonly siblings: Set<MessageLock> | undefined;
  /** Milliseconds since the epoch. */
  lockedUntil: number;
  alarm: Alarm | undefined;
};

/** The message locks of one queue. */
export type MessageLocks = {
  /** Locks a message for the queue's lock duration. */
  start(message: QueueMessage): MessageLock;
  /** Locks a message for as long as a session lock lasts. */
  startInSession(message: QueueMessage, siblings: Set<MessageLock>, lockedUntil: number): MessageLock;
  /** Begins the lock duration anew. */
  renew(lock: MessageLock): void;
  /** Ends a lock; nothing else happens to its message. */
  end(lock: MessageLock): void;
  find(token: string): MessageLock | undefined;
  all(): MessageLock[];
};

/** @param onExpired is told when the duration of a lock is over; the lock has not ended by then */
export function createMessageLocks(
  schedule: Schedule,
  lockDurationMs: number,
  onExpired: (lock: MessageLock) => void,
): MessageLocks {
  const locks = new Map<string, MessageLock>();

  function add(message: QueueMessage, siblings: Set<MessageLock> | undefined, lockedUntil: number) {
    const lock: MessageLock = {
      token: randomUUID().replaceAll('-', ''),
      message,
      siblings,
      lockedUntil,
      alarm: undefined,
    };
    locks.set(lock.token, lock);
    siblings?.add(lock);
    return lock;
  }

  function startDuration(lock: MessageLock): void {
    lock.lockedUntil = schedule.now() + lockDurationMs;
    lock.alarm = schedule.at(lock.lockedUntil, () => onExpired(lock));
  }

  return {
    start(message) {
      const lock = add(message, undefined, 0);
      startDuration(lock);
      return lock;
    },
    startInSession: add,
    renew(lock) {
      lock.alarm?.cancel();
      startDuration(lock);
    },
    end(lock) {
      lock.alarm?.cancel();
      lock.siblings?.delete(lock);
      locks.delete(lock.token);
    },
    find: (token) => locks.get(token),
    all: () => [...locks.values()],
  };
}
