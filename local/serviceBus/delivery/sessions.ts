import type { Alarm } from '../time/schedule.ts';
import type { Consumer } from './consumer.ts';
import { createSession, type Session, type SessionLock } from './session.ts';

/** A receiver that waits for whichever session gets messages next. */
export type SessionWaiter = {
  readonly consumer: Consumer;
  readonly granted: (lock: SessionLock) => void;
  alarm: Alarm | undefined;
};

/** The sessions of a queue, and who gets the next one: first ready, first accepted; first waiting, first served. */
export type Sessions = {
  find(id: string): Session | undefined;
  findOrCreate(id: string): Session;
  all(): IterableIterator<Session>;
  /** Takes note that a session has changed: it may be ready for a receiver now, or be forgotten. */
  update(session: Session): void;
  wait(waiter: SessionWaiter): void;
  /** Returns whether the waiter was still waiting. */
  stopWaiting(waiter: SessionWaiter): boolean;
  /** The longest-waiting receiver and the longest-ready session, if there are both. */
  takeMatch(): { waiter: SessionWaiter; session: Session } | undefined;
};

export function createSessions(): Sessions {
  const sessions = new Map<string, Session>();
  const ready = new Set<Session>();
  const waiters = new Set<SessionWaiter>();

  const stopWaiting = (waiter: SessionWaiter) => {
    waiter.alarm?.cancel();
    return waiters.delete(waiter);
  };

  return {
    find: (id) => sessions.get(id),
    findOrCreate(id) {
      const found = sessions.get(id);
      if (found !== undefined) return found;
      const session = createSession(id);
      sessions.set(id, session);
      return session;
    },
    all: () => sessions.values(),
    update(session) {
      const isFree = session.lock === undefined;
      const hasMessages = session.waiting.size > 0;
      if (isFree && hasMessages) ready.add(session);
      else ready.delete(session);
      if (isFree && !hasMessages) sessions.delete(session.id);
    },
    wait(waiter) {
      waiters.add(waiter);
    },
    stopWaiting,
    takeMatch() {
      const [waiter] = waiters;
      const [session] = ready;
      if (waiter === undefined || session === undefined) return undefined;
      stopWaiting(waiter);
      ready.delete(session);
      return { waiter, session };
    },
  };
}
