import type { Alarm } from '../time/schedule.ts';
import type { MessageContent } from './messageContent.ts';

/**
 * `active`: waits for delivery. `removed`: completed, expired, cancelled, or moved to the dead-letter queue; also,
 * for the moment, a message whose lock has ended and that has not found its next place yet.
 */
export type MessageState = 'scheduled' | 'active' | 'locked' | 'removed';

/** A message in a queue. Times are milliseconds since the epoch. */
export type QueueMessage = {
  sequenceNumber: number;
  /** The sequence number it was first given; differs once a scheduled message becomes active. */
  readonly enqueuedSequenceNumber: number;
  readonly content: MessageContent;
  enqueuedAt: number;
  expiresAt: number | undefined;
  readonly timeToLiveMs: number | undefined;
  /** Deliveries that ended without settlement; the AMQP header carries this number. */
  deliveryCount: number;
  state: MessageState;
  /** Whether its sender held it back until a time. */
  wasScheduled: boolean;
  /** Rings when the message is due: at its scheduled enqueue time, then at its expiry. */
  alarm: Alarm | undefined;
  /** Application properties that receivers, or the broker itself, have changed. */
  readonly changes: Map<string, string | Buffer>;
  /** In a dead-letter queue: the queue that the message comes from. */
  readonly deadLetterSource: string | undefined;
};
