/** One change of a queue, as the broker saw it. */
export type JournalEntry = {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly queue: string;
  readonly type:
    | 'enqueued'
    | 'scheduled'
    | 'cancelled'
    | 'duplicate'
    | 'delivered'
    | 'completed'
    | 'abandoned'
    | 'deferred'
    | 'deadLettered'
    | 'expired'
    | 'lockLost'
    | 'sessionAccepted'
    | 'sessionReleased';
  readonly sequenceNumber?: number;
  readonly messageId?: string;
  readonly sessionId?: string;
  /** Deliveries so far, this one included. */
  readonly deliveryCount?: number;
  /** Why a message was dead-lettered. */
  readonly reason?: string;
  /** The body of an enqueued message. */
  readonly body?: Buffer;
};

export type JournalListener = (entry: JournalEntry) => void;
