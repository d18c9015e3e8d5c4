/** What can happen to a message or a session. */
export type JournalEntryType =
  | 'enqueued'
  | 'scheduled'
  | 'cancelled'
  | 'duplicate'
  | 'refused'
  | 'delivered'
  | 'completed'
  | 'abandoned'
  | 'deferred'
  | 'deadLettered'
  | 'expired'
  | 'lockLost'
  | 'lockRenewed'
  | 'sessionAccepted'
  | 'sessionReleased'
  | 'sessionLockLost'
  | 'sessionLockRenewed';

/** One state change, as it happened. */
export type JournalEntry = {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly type: JournalEntryType;
  /** The queue's name; a dead-letter queue is `<queue>/$deadletterqueue`. */
  readonly queue: string;
  readonly sequenceNumber?: number | undefined;
  readonly messageId?: string | undefined;
  readonly sessionId?: string | undefined;
  /** Deliveries so far, this one included: 1 on the first, as the Functions host and the .NET client count. */
  readonly deliveryCount?: number | undefined;
  readonly reason?: string | undefined;
  readonly description?: string | undefined;
  /** The body of an enqueued message, where it is a data section. */
  readonly body?: Buffer | undefined;
};

/** Called for every entry, while the state change is happening: keep it short. */
export type JournalListener = (entry: JournalEntry) => void;

/** Every state change, in order. */
export class Journal {
  readonly entries: JournalEntry[] = [];
  readonly #listeners = new Set<JournalListener>();
  readonly #keep: boolean;

  /** @param keep Whether to keep entries; listeners hear of every entry regardless. */
  constructor(keep: boolean) {
    this.#keep = keep;
  }

  /** Returns a function that stops the listening. */
  listen(listener: JournalListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  write(entry: JournalEntry): void {
    if (this.#keep) this.entries.push(entry);
    for (const listener of this.#listeners) listener(entry);
  }
}
