import type { PropertyValue } from './amqpValue.ts';
import type { MessageContent } from './messageContent.ts';
import type { Alarm } from './schedule.ts';
import type { SessionLock } from './session.ts';

/** `removed`: completed, expired, cancelled, or moved to the dead-letter queue. */
export type MessageState = 'scheduled' | 'active' | 'locked' | 'deferred' | 'removed';

/** Changes to application properties, as a receiver asks for them when it settles. */
export type PropertyChanges = Readonly<Record<string, PropertyValue>>;

/** A receiver's hold on a message. */
export type MessageLock = {
  /** 32 hexadecimal digits. */
  readonly token: string;
  readonly message: QueueMessage;
  /** The session lock that holds the message, where the queue has sessions; its end is then this lock's end. */
  readonly session: SessionLock | undefined;
  /** What the message goes back to when the lock ends without settlement. */
  readonly returnsTo: 'active' | 'deferred';
  lockedUntil: number;
  alarm: Alarm | undefined;
};

/** A message in a queue. Times are milliseconds since the epoch. */
export type QueueMessage = {
  sequenceNumber: number;
  /** The sequence number it was first given; differs once a scheduled message becomes active. */
  enqueuedSequenceNumber: number;
  readonly content: MessageContent;
  enqueuedAt: number;
  expiresAt: number | undefined;
  readonly timeToLiveMs: number | undefined;
  /** Deliveries that ended without settlement; the AMQP header carries this number. */
  deliveryCount: number;
  state: MessageState;
  /** Rings when the message is due: its scheduled enqueue time, then its expiry. */
  alarm: Alarm | undefined;
  readonly changes: Map<string, PropertyValue>;
  readonly deadLetterSource: string | undefined;
};
