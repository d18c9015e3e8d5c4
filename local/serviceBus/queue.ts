import type { PropertyValue } from './amqpValue.ts';
import type { Consumer } from './consumer.ts';
import { DuplicateDetection } from './duplicateDetection.ts';
import type { Journal, JournalEntry, JournalEntryType } from './journal.ts';
import { newLockToken } from './lockToken.ts';
import type { MessageContent } from './messageContent.ts';
import { bodyOf } from './messageContent.ts';
import type { MessageLock, PropertyChanges, QueueMessage } from './queueMessage.ts';
import type { QueueSettings } from './queueOptions.ts';
import { deadLetterSettingsOf, maxMessageBytes } from './queueOptions.ts';
import type { Alarm, Schedule } from './schedule.ts';
import { ServiceBusError } from './serviceBusError.ts';
import type { Session, SessionConsumer, SessionLock } from './session.ts';
import { Sessions } from './session.ts';

type JournalDetails = Pick<JournalEntry, 'reason' | 'description' | 'sessionId' | 'body'>;

const lockLostMessage =
  'The lock supplied is invalid. Either the lock expired, or the message has already been removed from the queue.';

/** The semantics of a Service Bus queue, in memory and without AMQP. Every cost is at most logarithmic per message. */
export class Queue {
  readonly name: string;
  readonly settings: QueueSettings;
  /** Undefined for a dead-letter queue itself. */
  readonly deadLetters: Queue | undefined;
  /** While true, every send is refused: a fault for tests. */
  refusing = false;

  readonly #schedule: Schedule;
  readonly #journal: Journal;
  readonly #duplicates: DuplicateDetection | undefined;
  readonly #messages = new Map<number, QueueMessage>();
  readonly #locks = new Map<string, MessageLock>();
  readonly #consumers = new Set<Consumer>();
  readonly #sessions = new Sessions();
  readonly #line = this.#sessions.get('').line;
  #lastSequenceNumber = 0;

  constructor(
    name: string,
    settings: QueueSettings,
    schedule: Schedule,
    journal: Journal,
    isDeadLetters = false,
  ) {
    this.name = name;
    this.settings = settings;
    this.#schedule = schedule;
    this.#journal = journal;
    this.#duplicates =
      settings.duplicateDetectionWindowMs > 0
        ? new DuplicateDetection(settings.duplicateDetectionWindowMs)
        : undefined;
    this.deadLetters = isDeadLetters
      ? undefined
      : new Queue(`${name}/$deadletterqueue`, deadLetterSettingsOf(settings), schedule, journal, true);
  }

  /** Everything in the queue; by sequence number, except in a dead-letter queue (by arrival). */
  messages(): IterableIterator<QueueMessage> {
    return this.#messages.values();
  }

  get size(): number {
    return this.#messages.size;
  }

  /**
   * Puts messages in, all or none, and returns their sequence numbers: 0 for a duplicate, which is dropped.
   * @throws ServiceBusError when the queue refuses one of them.
   */
  send(contents: readonly MessageContent[]): number[] {
    for (const content of contents) this.#check(content);
    return contents.map((content) => this.#accept(content, content.scheduledEnqueueTime));
  }

  /** @throws ServiceBusError when a message with that number is not waiting for its scheduled time. */
  cancelScheduled(sequenceNumbers: readonly number[]): void {
    const found = sequenceNumbers.map((sequenceNumber) => {
      const message = this.#messages.get(sequenceNumber);
      if (message?.state === 'scheduled') return message;
      throw new ServiceBusError(
        'com.microsoft:message-not-found',
        `No scheduled message has sequence number ${sequenceNumber}.`,
      );
    });
    for (const message of found) {
      this.#remove(message);
      this.#note('cancelled', message);
    }
  }

  /** The consumer has room: it gets messages now and later, until it says otherwise or is full. */
  want(consumer: Consumer): void {
    this.#consumers.add(consumer);
    this.#serve();
  }

  unwant(consumer: Consumer): void {
    this.#consumers.delete(consumer);
  }

  /** As {@link want}, for the holder of a session. */
  wantFromSession(lock: SessionLock): void {
    lock.wanting = true;
    this.#serveSession(lock.session);
  }

  unwantFromSession(lock: SessionLock): void {
    lock.wanting = false;
  }

  /** @throws ServiceBusError when another receiver holds the session. */
  acceptSession(sessionId: string, consumer: SessionConsumer): SessionLock {
    const session = this.#sessions.get(sessionId);
    if (session.lock !== undefined) {
      throw new ServiceBusError(
        'com.microsoft:session-cannot-be-locked',
        `The requested session '${sessionId}' cannot be accepted. It may be locked by another receiver.`,
      );
    }
    return this.#lockSession(session, consumer);
  }

  /**
   * Waits for a session that nobody holds and that has messages; the longest-waiting receiver gets it.
   * `granted` may be called before this returns. Returns a function that gives up.
   */
  acceptNextSession(
    consumer: SessionConsumer,
    timeoutMs: number,
    granted: (lock: SessionLock) => void,
    timedOut: () => void,
  ): () => void {
    const waiter = { consumer, granted, alarm: undefined as Alarm | undefined };
    this.#sessions.wait(waiter);
    waiter.alarm = this.#schedule.at(this.#now + timeoutMs, () => {
      if (this.#sessions.stopWaiting(waiter)) timedOut();
    });
    this.#matchSessions();
    return () => {
      this.#sessions.stopWaiting(waiter);
    };
  }

  /**
   * Gives a session up. A receiver that closes gives its messages back uncounted, one that vanishes has them
   * counted as delivered ("Message sessions", impact of delivery count).
   */
  releaseSession(lock: SessionLock, ending: 'closed' | 'vanished'): void {
    if (lock.session.lock !== lock) return;
    this.#note('sessionReleased', undefined, { sessionId: lock.session.id });
    this.#endSessionLock(lock, ending === 'vanished');
  }

  /** Returns the new end of the lock. @throws ServiceBusError when the session is not locked. */
  renewSessionLock(sessionId: string): number {
    const lock = this.#heldSession(sessionId);
    lock.alarm?.cancel();
    this.#startSessionLock(lock);
    this.#note('sessionLockRenewed', undefined, { sessionId });
    return lock.lockedUntil;
  }

  /** @throws ServiceBusError when the session is not locked. */
  setSessionState(sessionId: string, state: Buffer | undefined): void {
    this.#heldSession(sessionId).session.state = state;
  }

  getSessionState(sessionId: string): Buffer | undefined {
    return this.#sessions.find(sessionId)?.state;
  }

  sessionIds(): string[] {
    return [...this.#sessions.all()]
      .filter((session) => session.messageCount > 0)
      .map((session) => session.id);
  }

  /** Returns the new end of the lock. @throws ServiceBusError when the lock is lost. */
  renewLock(token: string): number {
    const lock = this.#held(token);
    lock.alarm?.cancel();
    this.#startLock(lock);
    this.#note('lockRenewed', lock.message);
    return lock.lockedUntil;
  }

  /** @throws ServiceBusError when the lock is lost, as do the other ways to settle. */
  complete(token: string): void {
    const { message } = this.#held(token);
    this.#note('completed', message);
    this.#remove(message);
  }

  abandon(token: string, changes: PropertyChanges = {}): void {
    const lock = this.#held(token);
    this.#change(lock.message, changes);
    this.#note('abandoned', lock.message);
    this.#giveBack(lock, true);
    this.#offer(lock.message);
  }

  /** Gives the message back as if it had not been delivered. */
  release(token: string): void {
    const lock = this.#held(token);
    this.#giveBack(lock, false);
    this.#offer(lock.message);
  }

  defer(token: string, changes: PropertyChanges = {}): void {
    const lock = this.#held(token);
    this.#change(lock.message, changes);
    this.#note('deferred', lock.message);
    this.#unlock(lock);
    lock.message.deliveryCount += 1;
    lock.message.state = 'deferred';
  }

  deadLetter(token: string, reason?: string, description?: string, changes: PropertyChanges = {}): void {
    const lock = this.#held(token);
    if (this.deadLetters === undefined) {
      throw new ServiceBusError(
        'amqp:not-allowed',
        'A message in a dead-letter queue cannot be dead-lettered.',
      );
    }
    this.#change(lock.message, changes);
    this.#moveToDeadLetters(lock.message, reason, description);
  }

  /** Deferred messages by number. @throws ServiceBusError when one of them is not there, or not deferred. */
  receiveDeferred(
    sequenceNumbers: readonly number[],
    receiveMode: Consumer['receiveMode'],
    sessionId?: string,
  ): { message: QueueMessage; lock: MessageLock | undefined }[] {
    const sessionLock = sessionId === undefined ? undefined : this.#heldSession(sessionId);
    const found = sequenceNumbers.map((sequenceNumber) => {
      const message = this.#messages.get(sequenceNumber);
      if (message?.state === 'deferred') return message;
      throw new ServiceBusError(
        'com.microsoft:message-not-found',
        `No deferred message has sequence number ${sequenceNumber}.`,
      );
    });
    return found.map((message) => ({
      message,
      lock: this.#take(message, receiveMode, sessionLock, 'deferred'),
    }));
  }

  /** Messages in any state from a sequence number on, without locking them. */
  peek(fromSequenceNumber: number, count: number, sessionId?: string): QueueMessage[] {
    const found: QueueMessage[] = [];
    for (const message of this.#messages.values()) {
      if (message.sequenceNumber < fromSequenceNumber) continue;
      if (sessionId !== undefined && message.content.sessionId !== sessionId) continue;
      found.push(message);
      if (this.deadLetters !== undefined && found.length === count) break;
    }
    return found.sort((a, b) => a.sequenceNumber - b.sequenceNumber).slice(0, count);
  }

  /** Ends every message lock and session lock at once: a fault for tests. */
  expireLocks(): void {
    for (const session of [...this.#sessions.all()]) {
      if (session.lock !== undefined) this.#loseSessionLock(session.lock);
    }
    for (const lock of [...this.#locks.values()]) this.#loseLock(lock);
  }

  get #now(): number {
    return this.#schedule.now();
  }

  #check(content: MessageContent): void {
    const refusal = this.#reasonToRefuse(content);
    if (refusal === undefined) return;
    this.#journal.write({
      at: this.#now,
      type: 'refused',
      queue: this.name,
      messageId: content.messageId,
      sessionId: content.sessionId,
      reason: refusal.condition,
      description: refusal.message,
    });
    throw refusal;
  }

  #reasonToRefuse(content: MessageContent): ServiceBusError | undefined {
    if (this.deadLetters === undefined) {
      return new ServiceBusError('amqp:not-allowed', `Cannot send to the dead-letter queue '${this.name}'.`);
    }
    if (this.refusing) {
      return new ServiceBusError(
        'amqp:resource-limit-exceeded',
        `The queue '${this.name}' has reached its quota.`,
      );
    }
    if (content.size > maxMessageBytes) {
      return new ServiceBusError(
        'amqp:link:message-size-exceeded',
        `The message is ${content.size} bytes; the limit is ${maxMessageBytes} bytes.`,
      );
    }
    if (this.settings.requiresSession && content.sessionId === undefined) {
      return new ServiceBusError(
        'amqp:not-allowed',
        `The SessionId was not set on a message, and it cannot be sent to '${this.name}', which requires sessions.`,
      );
    }
    return undefined;
  }

  #accept(content: MessageContent, scheduledFor: number | undefined): number {
    const now = this.#now;
    if (content.messageId !== undefined && this.#duplicates?.isDuplicate(content.messageId, now)) {
      this.#journal.write({
        at: now,
        type: 'duplicate',
        queue: this.name,
        messageId: content.messageId,
        sessionId: content.sessionId,
      });
      return 0;
    }
    const timeToLive = Math.min(
      content.timeToLiveMs ?? Number.POSITIVE_INFINITY,
      this.settings.defaultTimeToLiveMs,
    );
    this.#lastSequenceNumber += 1;
    const message: QueueMessage = {
      sequenceNumber: this.#lastSequenceNumber,
      enqueuedSequenceNumber: this.#lastSequenceNumber,
      content,
      enqueuedAt: now,
      expiresAt: undefined,
      timeToLiveMs: Number.isFinite(timeToLive) ? timeToLive : undefined,
      deliveryCount: 0,
      state: 'scheduled',
      alarm: undefined,
      changes: new Map(),
      deadLetterSource: undefined,
    };
    if (scheduledFor !== undefined && scheduledFor > now) {
      message.enqueuedAt = scheduledFor;
      this.#add(message);
      this.#note('scheduled', message);
      message.alarm = this.#schedule.at(scheduledFor, () => this.#activateScheduled(message));
    } else {
      this.#add(message);
      this.#enqueue(message);
    }
    return message.sequenceNumber;
  }

  #activateScheduled(message: QueueMessage): void {
    // "Message sequencing and timestamps": a scheduled message joins the queue as if it was sent at that moment,
    // which includes a new sequence number.
    this.#messages.delete(message.sequenceNumber);
    this.#lastSequenceNumber += 1;
    message.sequenceNumber = this.#lastSequenceNumber;
    message.enqueuedAt = this.#now;
    this.#messages.set(message.sequenceNumber, message);
    this.#enqueue(message);
  }

  #enqueue(message: QueueMessage): void {
    message.alarm = undefined;
    if (message.timeToLiveMs !== undefined) {
      message.expiresAt = message.enqueuedAt + message.timeToLiveMs;
      message.alarm = this.#schedule.at(message.expiresAt, () => {
        // A locked message may still be settled after its time; it is looked at again when it comes back.
        if (message.state === 'active') this.#expire(message);
      });
    }
    this.#note('enqueued', message, { body: bodyOf(message.content) });
    this.#lineUp(message);
    this.#offer(message);
  }

  #add(message: QueueMessage): void {
    this.#messages.set(message.sequenceNumber, message);
    this.#sessionOf(message).messageCount += 1;
  }

  /** The session that a message belongs to; in a queue without sessions all messages are in one. */
  #sessionOf(message: QueueMessage): Session {
    return this.#sessions.get(this.settings.requiresSession ? (message.content.sessionId ?? '') : '');
  }

  #remove(message: QueueMessage): void {
    const lock = this.#lockOf.get(message);
    if (lock !== undefined) this.#unlock(lock);
    const session = this.#sessionOf(message);
    if (message.state === 'active') session.line.forgetOne();
    message.state = 'removed';
    message.alarm?.cancel();
    message.alarm = undefined;
    this.#messages.delete(message.sequenceNumber);
    session.messageCount -= 1;
    if (this.settings.requiresSession) this.#sessions.review(session);
  }

  #lineUp(message: QueueMessage): void {
    message.state = 'active';
    this.#sessionOf(message).line.push(message);
  }

  /** After a message has lined up: whoever waits gets it. */
  #offer(message: QueueMessage): void {
    if (message.state !== 'active') return;
    if (!this.settings.requiresSession) {
      this.#serve();
      return;
    }
    const session = this.#sessionOf(message);
    if (session.lock === undefined) this.#offerSession(session);
    else this.#serveSession(session);
  }

  #offerSession(session: Session): void {
    this.#sessions.review(session);
    this.#matchSessions();
  }

  #matchSessions(): void {
    for (let match = this.#sessions.nextMatch(); match !== undefined; match = this.#sessions.nextMatch()) {
      match.waiter.granted(this.#lockSession(match.session, match.waiter.consumer));
    }
  }

  #serve(): void {
    for (const consumer of this.#consumers) {
      const message = this.#line.shift();
      if (message === undefined) return;
      // Out and in again, so that consumers take turns.
      this.#consumers.delete(consumer);
      const lock = this.#take(message, consumer.receiveMode, undefined, 'active');
      if (consumer.deliver(message, lock)) this.#consumers.add(consumer);
    }
  }

  #serveSession(session: Session): void {
    const { lock } = session;
    while (lock?.wanting && session.lock === lock) {
      const message = session.line.shift();
      if (message === undefined) return;
      const messageLock = this.#take(message, lock.consumer.receiveMode, lock, 'active');
      lock.wanting = lock.consumer.deliver(message, messageLock);
    }
  }

  readonly #lockOf = new WeakMap<QueueMessage, MessageLock>();

  #take(
    message: QueueMessage,
    receiveMode: Consumer['receiveMode'],
    session: SessionLock | undefined,
    returnsTo: MessageLock['returnsTo'],
  ): MessageLock | undefined {
    message.state = 'locked';
    this.#note('delivered', message);
    if (receiveMode === 'receiveAndDelete') {
      this.#note('completed', message);
      this.#remove(message);
      return undefined;
    }
    const lock: MessageLock = {
      token: newLockToken(),
      message,
      session,
      returnsTo,
      lockedUntil: 0,
      alarm: undefined,
    };
    this.#locks.set(lock.token, lock);
    this.#lockOf.set(message, lock);
    if (session === undefined) {
      this.#startLock(lock);
    } else {
      lock.lockedUntil = session.lockedUntil;
      session.messageLocks.add(lock);
    }
    return lock;
  }

  #startLock(lock: MessageLock): void {
    lock.lockedUntil = this.#now + this.settings.lockDurationMs;
    lock.alarm = this.#schedule.at(lock.lockedUntil, () => this.#loseLock(lock));
  }

  #held(token: string): MessageLock {
    const lock = this.#locks.get(token);
    if (lock !== undefined) return lock;
    throw this.settings.requiresSession
      ? new ServiceBusError(
          'com.microsoft:session-lock-lost',
          'The session lock has expired. Accept the session again.',
        )
      : new ServiceBusError('com.microsoft:message-lock-lost', lockLostMessage);
  }

  #unlock(lock: MessageLock): void {
    lock.alarm?.cancel();
    lock.session?.messageLocks.delete(lock);
    this.#locks.delete(lock.token);
    this.#lockOf.delete(lock.message);
  }

  #loseLock(lock: MessageLock): void {
    this.#note('lockLost', lock.message);
    this.#giveBack(lock, true);
    this.#offer(lock.message);
  }

  /** Back to where the message came from, unless its deliveries or its time are used up. */
  #giveBack(lock: MessageLock, counted: boolean): void {
    const { message } = lock;
    this.#unlock(lock);
    message.state = 'removed';
    if (counted) message.deliveryCount += 1;
    if (message.deliveryCount >= this.settings.maxDeliveryCount) {
      this.#moveToDeadLetters(
        message,
        'MaxDeliveryCountExceeded',
        `Message could not be consumed after ${this.settings.maxDeliveryCount} delivery attempts.`,
      );
    } else if (lock.returnsTo === 'deferred') {
      message.state = 'deferred';
    } else if (message.expiresAt !== undefined && message.expiresAt <= this.#now) {
      this.#expire(message);
    } else {
      this.#lineUp(message);
    }
  }

  #expire(message: QueueMessage): void {
    this.#note('expired', message);
    if (this.settings.deadLetteringOnMessageExpiration) {
      this.#moveToDeadLetters(message, 'TTLExpiredException', 'The message expired and was dead lettered.');
    } else {
      this.#remove(message);
    }
  }

  #change(message: QueueMessage, changes: PropertyChanges): void {
    for (const [key, value] of Object.entries(changes)) message.changes.set(key, value);
  }

  #moveToDeadLetters(
    message: QueueMessage,
    reason: string | undefined,
    description: string | undefined,
  ): void {
    this.#note('deadLettered', message, { reason, description });
    this.#remove(message);
    this.deadLetters?.takeDeadLetter(message, this.name, reason, description);
  }

  /** A message from the queue that this is the dead-letter queue of; it keeps its sequence number. */
  takeDeadLetter(message: QueueMessage, source: string, reason?: string, description?: string): void {
    const changes = new Map<string, PropertyValue>(message.changes);
    if (reason !== undefined) changes.set('DeadLetterReason', reason);
    if (description !== undefined) changes.set('DeadLetterErrorDescription', description);
    const deadLetter: QueueMessage = {
      ...message,
      expiresAt: undefined,
      alarm: undefined,
      changes,
      deadLetterSource: source,
    };
    this.#add(deadLetter);
    this.#lineUp(deadLetter);
    this.#offer(deadLetter);
  }

  #lockSession(session: Session, consumer: SessionConsumer): SessionLock {
    const lock: SessionLock = {
      session,
      consumer,
      messageLocks: new Set(),
      lockedUntil: 0,
      alarm: undefined,
      wanting: false,
    };
    session.lock = lock;
    this.#startSessionLock(lock);
    this.#sessions.review(session);
    this.#note('sessionAccepted', undefined, { sessionId: session.id });
    return lock;
  }

  #startSessionLock(lock: SessionLock): void {
    lock.lockedUntil = this.#now + this.settings.lockDurationMs;
    for (const messageLock of lock.messageLocks) messageLock.lockedUntil = lock.lockedUntil;
    lock.alarm = this.#schedule.at(lock.lockedUntil, () => this.#loseSessionLock(lock));
  }

  #heldSession(sessionId: string): SessionLock {
    const lock = this.#sessions.find(sessionId)?.lock;
    if (lock !== undefined) return lock;
    throw new ServiceBusError(
      'com.microsoft:session-lock-lost',
      `The session lock on the session with id '${sessionId}' has expired. Accept the session again.`,
    );
  }

  #loseSessionLock(lock: SessionLock): void {
    this.#note('sessionLockLost', undefined, { sessionId: lock.session.id });
    lock.consumer.sessionLost();
    this.#endSessionLock(lock, true);
  }

  #endSessionLock(lock: SessionLock, counted: boolean): void {
    lock.alarm?.cancel();
    lock.wanting = false;
    // All of the session's messages are back in line before anyone else can hold it: order survives.
    for (const messageLock of [...lock.messageLocks]) {
      if (counted) this.#note('lockLost', messageLock.message);
      this.#giveBack(messageLock, counted);
    }
    lock.session.lock = undefined;
    this.#offerSession(lock.session);
  }

  #note(type: JournalEntryType, message: QueueMessage | undefined, details: JournalDetails = {}): void {
    this.#journal.write({
      at: this.#now,
      type,
      queue: this.name,
      sequenceNumber: message?.sequenceNumber,
      messageId: message?.content.messageId,
      sessionId: message?.content.sessionId,
      deliveryCount:
        message === undefined ? undefined : message.deliveryCount + (message.state === 'locked' ? 1 : 0),
      ...details,
    });
  }
}
