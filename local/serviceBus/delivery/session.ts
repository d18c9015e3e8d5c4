import type { MessageLock } from '../messages/messageLocks.ts';
import { WaitingMessages } from '../messages/waitingMessages.ts';
import type { Alarm } from '../time/schedule.ts';
import type { Consumer } from './consumer.ts';

/** The messages of one session that wait for delivery, and the receiver that may have them. */
export type Session = {
  readonly id: string;
  readonly waiting: WaitingMessages;
  lock: SessionLock | undefined;
};

/** A receiver's exclusive hold on a session. */
export type SessionLock = {
  readonly session: Session;
  readonly consumer: Consumer;
  readonly messageLocks: Set<MessageLock>;
  /** Milliseconds since the epoch. */
  lockedUntil: number;
  alarm: Alarm | undefined;
  /** Whether the consumer has room for a message. */
  hasRoom: boolean;
};

export function createSession(id: string): Session {
  return { id, waiting: new WaitingMessages(), lock: undefined };
}
