import type { Consumer } from './consumer.ts';
import { Line } from './line.ts';
import type { MessageLock } from './queueMessage.ts';
import type { Alarm } from './schedule.ts';

/** A receiver that holds, or waits for, a session. */
export type SessionConsumer = Consumer & {
  /** The session lock ended without the receiver's doing. */
  sessionLost(): void;
};

/** A receiver's exclusive hold on a session. */
export type SessionLock = {
  readonly session: Session;
  readonly consumer: SessionConsumer;
  readonly messageLocks: Set<MessageLock>;
  lockedUntil: number;
  alarm: Alarm | undefined;
  /** The consumer has room for a message. */
  wanting: boolean;
};

/** The messages of one session, their order, their exclusive lock, and the state that receivers keep with it. */
export class Session {
  readonly id: string;
  readonly line = new Line();
  lock: SessionLock | undefined;
  state: Buffer | undefined;
  /** Messages that are in the queue for this session, whatever their state. */
  messageCount = 0;

  constructor(id: string) {
    this.id = id;
  }

  get idle(): boolean {
    return this.messageCount === 0 && this.lock === undefined && this.state === undefined;
  }
}

/** A receiver that waits for whichever session gets messages next. */
export type SessionWaiter = {
  readonly consumer: SessionConsumer;
  readonly granted: (lock: SessionLock) => void;
  alarm: Alarm | undefined;
};

/** The sessions of a queue, and who gets the next one: first ready, first accepted; first waiting, first served. */
export class Sessions {
  readonly #sessions = new Map<string, Session>();
  readonly #ready = new Set<Session>();
  readonly #waiters = new Set<SessionWaiter>();

  find(id: string): Session | undefined {
    return this.#sessions.get(id);
  }

  get(id: string): Session {
    const found = this.#sessions.get(id);
    if (found !== undefined) return found;
    const session = new Session(id);
    this.#sessions.set(id, session);
    return session;
  }

  all(): IterableIterator<Session> {
    return this.#sessions.values();
  }

  /** Looks at a session again after it changed: it may be ready for a receiver, or may be forgotten. */
  review(session: Session): void {
    if (session.lock === undefined && session.line.size > 0) this.#ready.add(session);
    else this.#ready.delete(session);
    if (session.idle) this.#sessions.delete(session.id);
  }

  wait(waiter: SessionWaiter): void {
    this.#waiters.add(waiter);
  }

  /** Whether the waiter was still waiting. */
  stopWaiting(waiter: SessionWaiter): boolean {
    waiter.alarm?.cancel();
    return this.#waiters.delete(waiter);
  }

  /** The longest-waiting receiver and the longest-ready session, where there are both. */
  nextMatch(): { waiter: SessionWaiter; session: Session } | undefined {
    const [waiter] = this.#waiters;
    const [session] = this.#ready;
    if (waiter === undefined || session === undefined) return undefined;
    this.stopWaiting(waiter);
    this.#ready.delete(session);
    return { waiter, session };
  }
}
