import { randomBytes } from 'node:crypto';
import type { Message } from 'rhea';
import type { JournalEntry, JournalListener } from './journal.ts';
import { Timers } from './timers.ts';

/** The settings of a queue, with the defaults of Service Bus. */
export type QueueOptions = {
  readonly name: string;
  readonly requiresSession?: boolean;
  /** 10. */
  readonly maxDeliveryCount?: number;
  /** 60. */
  readonly lockDurationSeconds?: number;
  /** 0: no duplicate detection. */
  readonly duplicateDetectionWindowSeconds?: number;
  readonly defaultMessageTimeToLiveSeconds?: number;
  readonly deadLetteringOnMessageExpiration?: boolean;
};

/** A message in a queue. */
export type QueuedMessage = {
  sequenceNumber: number;
  /** The AMQP message as it was sent. */
  readonly message: Message;
  readonly messageId: string;
  readonly sessionId?: string;
  state: 'active' | 'scheduled' | 'deferred';
  /** Milliseconds since the epoch; for a scheduled message the time it is scheduled for. */
  enqueuedTime: number;
  expiresAt?: number;
  /** Deliveries that have ended without settling it. */
  deliveryCount: number;
};

/** What a receiver is to the queue. */
export type Consumer = {
  hasCredit(): boolean;
  deliver(queued: QueuedMessage, lock: MessageLock | undefined): void;
  /** Messages are settled on delivery. */
  readonly receiveAndDelete: boolean;
  /** The lock on the session has expired. */
  sessionLockLost?(): void;
};

export type MessageLock = { readonly token: Buffer; until: number };

export type Disposition =
  | { readonly type: 'complete' }
  | { readonly type: 'abandon' }
  | { readonly type: 'defer' }
  | { readonly type: 'deadLetter'; readonly reason?: string; readonly description?: string };

type Held = { queued: QueuedMessage; group: Group; lock: MessageLock; stopTimer: () => void };

/** The messages of one session; in a queue without sessions there is one group for all. */
type Group = {
  readonly id: string;
  readonly ready: QueuedMessage[];
  readonly consumers: Set<Consumer>;
  sessionLock?: { readonly owner: Consumer; until: number; stopTimer: () => void };
  state?: Buffer;
};

type Waiter = { readonly accept: (sessionId: string) => void };

/**
 * The semantics of one Service Bus queue, in memory: sessions, peek-lock, delivery counts, dead-lettering,
 * scheduling, duplicate detection and time to live. It knows nothing of AMQP links.
 */
export class Queue {
  readonly options: QueueOptions;
  readonly deadLetterQueue: Queue | undefined;
  readonly #journal: JournalListener;
  readonly #timers = new Timers();
  readonly #messages = new Map<number, QueuedMessage>();
  readonly #groups = new Map<string, Group>();
  readonly #held = new Map<string, Held>();
  readonly #seen = new Map<string, number>();
  readonly #waiters = new Set<Waiter>();
  readonly #stopScheduled = new Map<number, () => void>();
  #lastSequenceNumber = 0;
  /** Sends are refused while this is set: a fault for tests. */
  refusing = false;

  constructor(options: QueueOptions, journal: JournalListener, deadLetterQueue?: Queue) {
    this.options = options;
    this.#journal = journal;
    this.deadLetterQueue = deadLetterQueue;
  }

  get #lockMs(): number {
    return (this.options.lockDurationSeconds ?? 60) * 1000;
  }

  /** Every message that is neither completed nor dead-lettered, in order of sequence numbers. */
  messages(): QueuedMessage[] {
    return [...this.#messages.values()].sort((a, b) => a.sequenceNumber - b.sequenceNumber);
  }

  /**
   * Takes a message in.
   *
   * @returns its sequence number; undefined where it was dropped as a duplicate
   */
  enqueue(message: Message, scheduledFor?: number): number | undefined {
    const now = Date.now();
    message.message_id ??= randomBytes(16).toString('hex');
    const messageId = String(message.message_id);
    const sessionId = message.group_id;
    if (this.#isDuplicate(messageId, now)) {
      this.#note('duplicate', { messageId, sessionId });
      return undefined;
    }
    const ttl = message.ttl ?? (this.options.defaultMessageTimeToLiveSeconds ?? 0) * 1000;
    const isScheduled = scheduledFor !== undefined && scheduledFor > now;
    const queued: QueuedMessage = {
      sequenceNumber: ++this.#lastSequenceNumber,
      message,
      messageId,
      ...(sessionId !== undefined && { sessionId }),
      state: isScheduled ? 'scheduled' : 'active',
      enqueuedTime: isScheduled ? scheduledFor : now,
      deliveryCount: 0,
    };
    if (ttl > 0) queued.expiresAt = queued.enqueuedTime + ttl;
    this.#messages.set(queued.sequenceNumber, queued);
    if (isScheduled) {
      this.#note('scheduled', queued);
      const { sequenceNumber } = queued;
      this.#stopScheduled.set(
        sequenceNumber,
        this.#timers.after(scheduledFor - now, () => this.#activate(queued)),
      );
      return sequenceNumber;
    }
    this.#activate(queued);
    return queued.sequenceNumber;
  }

  /** A scheduled message gets a new sequence number when its time has come ("Message sequencing"). */
  #activate(queued: QueuedMessage): void {
    if (queued.state === 'scheduled') {
      this.#stopScheduled.delete(queued.sequenceNumber);
      this.#messages.delete(queued.sequenceNumber);
      queued.sequenceNumber = ++this.#lastSequenceNumber;
      queued.enqueuedTime = Date.now();
      queued.state = 'active';
      this.#messages.set(queued.sequenceNumber, queued);
    }
    const { content } = (queued.message.body ?? {}) as { content?: unknown };
    this.#note('enqueued', queued, { ...(Buffer.isBuffer(content) && { body: content }) });
    if (queued.expiresAt !== undefined) {
      this.#timers.after(queued.expiresAt - Date.now(), () => {
        const group = this.#group(queued);
        const index = group.ready.indexOf(queued);
        if (index >= 0) this.#expire(group.ready.splice(index, 1)[0] ?? queued);
      });
    }
    this.#makeReady(this.#group(queued), queued);
  }

  cancelScheduled(sequenceNumber: number): boolean {
    const queued = this.#messages.get(sequenceNumber);
    if (queued?.state !== 'scheduled') return false;
    this.#stopScheduled.get(sequenceNumber)?.();
    this.#stopScheduled.delete(sequenceNumber);
    this.#messages.delete(sequenceNumber);
    this.#note('cancelled', queued);
    return true;
  }

  /** Starts deliveries to a receiver of a queue without sessions; returns what ends them. */
  addConsumer(consumer: Consumer): () => void {
    const group = this.#group({});
    group.consumers.add(consumer);
    return () => group.consumers.delete(consumer);
  }

  /**
   * Locks a session for a receiver.
   *
   * @returns until when, or undefined where another receiver holds it
   */
  acceptSession(sessionId: string, owner: Consumer): number | undefined {
    const group = this.#group({ sessionId });
    if (group.sessionLock) return undefined;
    const lock = { owner, until: 0, stopTimer: () => {} };
    group.sessionLock = lock;
    group.consumers.add(owner);
    this.#extendSessionLock(group, lock);
    this.#note('sessionAccepted', { sessionId });
    return lock.until;
  }

  /** Calls `accept` with the next session that has messages and no receiver; returns what ends the wait. */
  acceptNextSession(accept: (sessionId: string) => void): () => void {
    const waiter = { accept };
    this.#waiters.add(waiter);
    for (const group of this.#groups.values()) {
      if (this.#offer(group)) break;
    }
    return () => this.#waiters.delete(waiter);
  }

  /** Gives a session back before its lock expires: delivery counts stay ("Message delivery count"). */
  releaseSession(sessionId: string, owner: Consumer): void {
    const group = this.#groups.get(sessionId);
    if (group?.sessionLock?.owner !== owner) return;
    this.#unlockSession(group, false);
  }

  renewSessionLock(sessionId: string): number | undefined {
    const group = this.#groups.get(sessionId);
    if (!group?.sessionLock) return undefined;
    this.#extendSessionLock(group, group.sessionLock);
    return group.sessionLock.until;
  }

  sessionState(sessionId: string): Buffer | undefined {
    return this.#groups.get(sessionId)?.state;
  }

  setSessionState(sessionId: string, state: Buffer | undefined): void {
    const group = this.#group({ sessionId });
    if (state) group.state = state;
    else delete group.state;
    this.#forget(group);
  }

  /** Delivers what is ready to whoever has credit. */
  pump(sessionId = ''): void {
    const group = this.#groups.get(sessionId);
    if (group) this.#deliver(group);
  }

  hasReady(sessionId = ''): boolean {
    return (this.#groups.get(sessionId)?.ready.length ?? 0) > 0;
  }

  /** Settles a locked message; false where the lock has been lost. */
  settle(token: Buffer, disposition: Disposition): boolean {
    const held = this.#held.get(token.toString('hex'));
    if (!held) return false;
    this.#release(held);
    const { queued, group } = held;
    switch (disposition.type) {
      case 'complete':
        this.#messages.delete(queued.sequenceNumber);
        this.#note('completed', queued);
        this.#forget(group);
        break;
      case 'abandon':
        this.#note('abandoned', queued);
        this.#deliverAgain(group, queued);
        break;
      case 'defer':
        queued.state = 'deferred';
        this.#note('deferred', queued);
        break;
      case 'deadLetter':
        this.#deadLetter(queued, disposition.reason, disposition.description);
        break;
    }
    this.#deliver(group);
    return true;
  }

  renewLock(token: Buffer): number | undefined {
    const held = this.#held.get(token.toString('hex'));
    if (!held) return undefined;
    held.stopTimer();
    this.#startLockTimer(held);
    return held.lock.until;
  }

  /** Locks deferred messages for their receiver. */
  receiveDeferred(
    sequenceNumbers: readonly number[],
    receiveAndDelete: boolean,
  ): [QueuedMessage, MessageLock | undefined][] {
    return sequenceNumbers.flatMap((sequenceNumber): [QueuedMessage, MessageLock | undefined][] => {
      const queued = this.#messages.get(sequenceNumber);
      if (queued?.state !== 'deferred') return [];
      return [[queued, this.#hold(queued, this.#group(queued), receiveAndDelete)]];
    });
  }

  /** Every lock is lost at once: a fault for tests. */
  expireLocks(): void {
    for (const group of this.#groups.values()) {
      if (group.sessionLock) this.#unlockSession(group, true);
    }
    for (const held of [...this.#held.values()]) this.#loseLock(held);
  }

  close(): void {
    this.#timers.stop();
    this.deadLetterQueue?.close();
  }

  #isDuplicate(messageId: string, now: number): boolean {
    const windowMs = (this.options.duplicateDetectionWindowSeconds ?? 0) * 1000;
    if (windowMs === 0) return false;
    for (const [id, until] of this.#seen) {
      if (until > now) break;
      this.#seen.delete(id);
    }
    if (this.#seen.has(messageId)) return true;
    this.#seen.set(messageId, now + windowMs);
    return false;
  }

  #group({ sessionId }: { sessionId?: string }): Group {
    const id = this.options.requiresSession ? (sessionId ?? '') : '';
    const group = this.#groups.get(id) ?? { id, ready: [], consumers: new Set() };
    this.#groups.set(id, group);
    return group;
  }

  /** An idle session costs no memory. */
  #forget(group: Group): void {
    if (this.options.requiresSession && !group.ready.length && !group.sessionLock && !group.state) {
      this.#groups.delete(group.id);
    }
  }

  #makeReady(group: Group, queued: QueuedMessage): void {
    let at = group.ready.length;
    while (at > 0 && (group.ready[at - 1]?.sequenceNumber ?? 0) > queued.sequenceNumber) at--;
    group.ready.splice(at, 0, queued);
    if (!this.#offer(group)) this.#deliver(group);
  }

  /** Hands a session that nobody holds to whoever waits for one. */
  #offer(group: Group): boolean {
    const [waiter] = this.#waiters;
    if (!this.options.requiresSession || !waiter || group.sessionLock || group.ready.length === 0)
      return false;
    this.#waiters.delete(waiter);
    waiter.accept(group.id);
    return true;
  }

  #deliver(group: Group): void {
    for (const consumer of group.consumers) {
      while (group.ready.length > 0 && consumer.hasCredit()) {
        const queued = group.ready.shift();
        if (!queued) break;
        if (queued.expiresAt !== undefined && queued.expiresAt <= Date.now()) {
          this.#expire(queued);
          continue;
        }
        const lock = this.#hold(queued, group, consumer.receiveAndDelete);
        this.#note('delivered', queued, { deliveryCount: queued.deliveryCount + 1 });
        consumer.deliver(queued, lock);
        if (!lock) this.#note('completed', queued);
      }
    }
  }

  #hold(queued: QueuedMessage, group: Group, receiveAndDelete: boolean): MessageLock | undefined {
    if (receiveAndDelete) {
      this.#messages.delete(queued.sequenceNumber);
      return undefined;
    }
    const lock = { token: randomBytes(16), until: group.sessionLock?.until ?? 0 };
    const held: Held = { queued, group, lock, stopTimer: () => {} };
    this.#held.set(lock.token.toString('hex'), held);
    if (!this.options.requiresSession) this.#startLockTimer(held);
    return lock;
  }

  #startLockTimer(held: Held): void {
    held.lock.until = Date.now() + this.#lockMs;
    held.stopTimer = this.#timers.after(this.#lockMs, () => this.#loseLock(held));
  }

  #release(held: Held): void {
    held.stopTimer();
    this.#held.delete(held.lock.token.toString('hex'));
  }

  #loseLock(held: Held): void {
    this.#release(held);
    this.#note('lockLost', held.queued);
    if (held.queued.state === 'active') this.#deliverAgain(held.group, held.queued);
  }

  #extendSessionLock(group: Group, lock: NonNullable<Group['sessionLock']>): void {
    lock.stopTimer();
    lock.until = Date.now() + this.#lockMs;
    lock.stopTimer = this.#timers.after(this.#lockMs, () => this.#unlockSession(group, true));
  }

  #unlockSession(group: Group, expired: boolean): void {
    const { sessionLock } = group;
    if (!sessionLock) return;
    sessionLock.stopTimer();
    delete group.sessionLock;
    group.consumers.delete(sessionLock.owner);
    this.#note(expired ? 'lockLost' : 'sessionReleased', { sessionId: group.id });
    if (expired) sessionLock.owner.sessionLockLost?.();
    for (const held of [...this.#held.values()].filter((one) => one.group === group)) {
      if (expired) {
        this.#loseLock(held);
      } else {
        this.#release(held);
        if (held.queued.state === 'active') this.#makeReady(group, held.queued);
      }
    }
    this.#offer(group);
    this.#forget(group);
  }

  #deliverAgain(group: Group, queued: QueuedMessage): void {
    queued.deliveryCount++;
    const max = this.options.maxDeliveryCount ?? 10;
    if (this.deadLetterQueue && queued.deliveryCount >= max) {
      const description = `Message could not be consumed after ${max} delivery attempts.`;
      this.#deadLetter(queued, 'MaxDeliveryCountExceeded', description);
    } else {
      this.#makeReady(group, queued);
    }
  }

  #expire(queued: QueuedMessage): void {
    this.#note('expired', queued);
    if (this.options.deadLetteringOnMessageExpiration) {
      this.#deadLetter(queued, 'TTLExpiredException', 'The message expired and was dead lettered.');
    } else {
      this.#messages.delete(queued.sequenceNumber);
    }
  }

  #deadLetter(queued: QueuedMessage, reason = '', description = ''): void {
    this.#messages.delete(queued.sequenceNumber);
    this.#note('deadLettered', queued, { reason });
    const { ttl: _, ...message } = queued.message;
    this.deadLetterQueue?.enqueue({
      ...message,
      application_properties: {
        ...message.application_properties,
        ...(reason && { DeadLetterReason: reason }),
        ...(description && { DeadLetterErrorDescription: description }),
      },
    });
  }

  #note(
    type: JournalEntry['type'],
    about: { sequenceNumber?: number; messageId?: string | undefined; sessionId?: string | undefined },
    more: Partial<JournalEntry> = {},
  ): void {
    const { sequenceNumber, messageId, sessionId } = about;
    this.#journal({
      at: Date.now(),
      queue: this.options.name,
      type,
      ...(sequenceNumber !== undefined && { sequenceNumber }),
      ...(messageId !== undefined && { messageId }),
      ...(sessionId !== undefined && { sessionId }),
      ...more,
    });
  }
}
