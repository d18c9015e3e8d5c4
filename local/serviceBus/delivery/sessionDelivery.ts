import type { MessageLock } from '../messages/messageLocks.ts';
import type { QueueJournal } from '../messages/queueJournal.ts';
import type { QueueMessage } from '../messages/queueMessage.ts';
import { ServiceBusError } from '../messages/serviceBusError.ts';
import type { Alarm, Schedule } from '../time/schedule.ts';
import type { Consumer } from './consumer.ts';
import type { HandOver } from './handOver.ts';
import type { MessageDelivery } from './messageDelivery.ts';
import type { Session, SessionLock } from './session.ts';
import { createSessions } from './sessions.ts';

/** Delivery in a queue with sessions: each session's messages go to the receiver that has locked the session. */
export type SessionDelivery = MessageDelivery & {
  /** @throws ServiceBusError if another receiver holds the session */
  accept(sessionId: string, consumer: Consumer): SessionLock;
  /**
   * Waits for a session that nobody holds and that has messages; the longest-waiting receiver gets it.
   * `granted` may be called before this returns.
   *
   * @returns a function that stops waiting
   */
  acceptNext(
    consumer: Consumer,
    timeoutMs: number,
    granted: (lock: SessionLock) => void,
    timedOut: () => void,
  ): () => void;
  /** The consumer has room: it gets messages now and later, until it says otherwise or is full. */
  start(lock: SessionLock): void;
  stop(lock: SessionLock): void;
  /** Returns the new end of the lock. @throws ServiceBusError if the session is not locked */
  renewLock(sessionId: string): number;
  /**
   * Gives a session up. A receiver that closes gives its messages back uncounted, one that vanishes has them
   * counted as delivered ("Message sessions", impact of delivery count).
   */
  release(lock: SessionLock, ending: 'closed' | 'vanished'): void;
  /** Ends every session lock at once: a fault for tests. */
  expireLocks(): void;
};

/** @param giveBack ends a message lock and brings its message back here, unless it is dead-lettered or expires */
export function createSessionDelivery({
  lockDurationMs,
  schedule,
  journal,
  handOver,
  giveBack,
}: {
  lockDurationMs: number;
  schedule: Schedule;
  journal: QueueJournal;
  handOver: HandOver;
  giveBack: (lock: MessageLock, reason: 'released' | 'lockLost') => void;
}): SessionDelivery {
  const sessions = createSessions();

  const sessionOf = (message: QueueMessage) => sessions.findOrCreate(message.content.sessionId ?? '');

  /** To the holder of the session, or the whole session to a receiver that waits for one. */
  function deliver(session: Session): void {
    const { lock } = session;
    if (lock === undefined) {
      sessions.update(session);
      grantReadySessions();
      return;
    }
    while (lock.hasRoom && session.lock === lock) {
      const message = session.waiting.takeFirst();
      if (message === undefined) return;
      lock.hasRoom = handOver(message, lock.consumer, lock);
    }
  }

  function grantReadySessions(): void {
    for (let match = sessions.takeMatch(); match !== undefined; match = sessions.takeMatch()) {
      match.waiter.granted(startLock(match.session, match.waiter.consumer));
    }
  }

  function startLock(session: Session, consumer: Consumer): SessionLock {
    const lock: SessionLock = {
      session,
      consumer,
      messageLocks: new Set(),
      lockedUntil: 0,
      alarm: undefined,
      hasRoom: false,
    };
    session.lock = lock;
    startDuration(lock);
    sessions.update(session);
    journal.addSession('sessionAccepted', session.id);
    return lock;
  }

  function startDuration(lock: SessionLock): void {
    lock.lockedUntil = schedule.now() + lockDurationMs;
    for (const messageLock of lock.messageLocks) messageLock.lockedUntil = lock.lockedUntil;
    lock.alarm = schedule.at(lock.lockedUntil, () => loseLock(lock));
  }

  function loseLock(lock: SessionLock): void {
    journal.addSession('sessionLockLost', lock.session.id);
    lock.consumer.detach(lockLost(lock.session.id));
    endLock(lock, 'lockLost');
  }

  function endLock(lock: SessionLock, reason: 'released' | 'lockLost'): void {
    const { session } = lock;
    lock.alarm?.cancel();
    lock.hasRoom = false;
    // All of the session's messages wait again before anyone else can hold it: order survives.
    for (const messageLock of [...lock.messageLocks]) giveBack(messageLock, reason);
    session.lock = undefined;
    deliver(session);
  }

  return {
    add(message) {
      const session = sessionOf(message);
      session.waiting.add(message);
      deliver(session);
    },
    remove(message) {
      const session = sessionOf(message);
      session.waiting.remove(message);
      sessions.update(session);
    },
    accept(sessionId, consumer) {
      const session = sessions.findOrCreate(sessionId);
      if (session.lock !== undefined) {
        throw new ServiceBusError(
          'sessionCannotBeLocked',
          `The requested session '${sessionId}' cannot be accepted. It may be locked by another receiver.`,
        );
      }
      return startLock(session, consumer);
    },
    acceptNext(consumer, timeoutMs, granted, timedOut) {
      const waiter = { consumer, granted, alarm: undefined as Alarm | undefined };
      sessions.wait(waiter);
      waiter.alarm = schedule.at(schedule.now() + timeoutMs, () => {
        if (sessions.stopWaiting(waiter)) timedOut();
      });
      grantReadySessions();
      return () => {
        sessions.stopWaiting(waiter);
      };
    },
    start(lock) {
      lock.hasRoom = true;
      if (lock.session.lock === lock) deliver(lock.session);
    },
    stop(lock) {
      lock.hasRoom = false;
    },
    renewLock(sessionId) {
      const lock = sessions.find(sessionId)?.lock;
      if (lock === undefined) throw lockLost(sessionId);
      lock.alarm?.cancel();
      startDuration(lock);
      journal.addSession('sessionLockRenewed', sessionId);
      return lock.lockedUntil;
    },
    release(lock, ending) {
      if (lock.session.lock !== lock) return;
      journal.addSession('sessionReleased', lock.session.id);
      endLock(lock, ending === 'vanished' ? 'lockLost' : 'released');
    },
    expireLocks() {
      for (const { lock } of [...sessions.all()]) {
        if (lock !== undefined) loseLock(lock);
      }
    },
  };
}

function lockLost(sessionId: string): ServiceBusError {
  return new ServiceBusError(
    'sessionLockLost',
    `The session lock on the session with id '${sessionId}' has expired. Accept the session again.`,
  );
}
