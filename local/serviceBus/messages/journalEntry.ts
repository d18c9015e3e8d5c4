/** What can happen to a message or a session. */
export type JournalEntryType =
  /** A topic has copied a message to its subscriptions; each copy is then `enqueued` there. */
  | 'published'
  | 'enqueued'
  | 'scheduled'
  | 'cancelled'
  | 'duplicate'
  | 'refused'
  | 'delivered'
  | 'completed'
  | 'abandoned'
  | 'deadLettered'
  | 'expired'
  | 'lockLost'
  | 'lockRenewed'
  | 'sessionAccepted'
  | 'sessionReleased'
  | 'sessionLockLost'
  | 'sessionLockRenewed';

/** Something that the broker has done. */
export type JournalEntry = {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly type: JournalEntryType;
  /**
   * The name of the queue or topic; a subscription is `<topic>/Subscriptions/<subscription>`, a dead-letter queue is
   * `<queue>/$deadletterqueue`.
   */
  readonly queue: string;
  readonly sequenceNumber?: number | undefined;
  readonly messageId?: string | undefined;
  readonly sessionId?: string | undefined;
  /** Deliveries so far, this one included: 1 on the first, as the Functions host and the .NET client count. */
  readonly deliveryCount?: number | undefined;
  readonly reason?: string | undefined;
  readonly description?: string | undefined;
  /** The body of a scheduled, enqueued or published message, if it consists of data sections. */
  readonly body?: Buffer | undefined;
};
