import type { History } from '../http/history.ts';
import type { Consumer } from './consumer.ts';
import { createHandOver } from './handOver.ts';
import { createIntake, type Intake } from './intake.ts';
import type { JournalEntry } from './journalEntry.ts';
import { bodyOf } from './messageContent.ts';
import { createMessageLocks } from './messageLocks.ts';
import { createMessageStore } from './messageStore.ts';
import { createQueueJournal } from './queueJournal.ts';
import type { QueueMessage } from './queueMessage.ts';
import { deadLetterSettingsOf, type QueueSettings } from './queueOptions.ts';
import { type AcceptDeadLetter, createRemoval } from './removal.ts';
import type { Schedule } from './schedule.ts';
import { createSessionDelivery, type SessionDelivery } from './sessionDelivery.ts';
import { createSettlement, type Settlement } from './settlement.ts';
import { createSharedDelivery } from './sharedDelivery.ts';

/** A Service Bus queue, in memory and without AMQP. Every cost is at most logarithmic per message. */
export type Queue = Intake &
  Settlement & {
    readonly name: string;
    readonly settings: QueueSettings;
    /** Undefined for a dead-letter queue itself. */
    readonly deadLetters: Queue | undefined;
    /** How many messages there are, whatever their state. */
    readonly size: number;
    /** Everything in the queue; by sequence number, except in a dead-letter queue (by arrival). */
    messages(): IterableIterator<QueueMessage>;
    /** Messages in any state from a sequence number on, of one session or of all, without locking them. */
    peek(fromSequenceNumber: number, count: number, sessionId?: string): QueueMessage[];
    /** The message that a lock holds; undefined if the lock is lost. */
    findLocked(token: string): QueueMessage | undefined;
    /** Delivers to a consumer that has room, now and later, until it is full or stopped. Not with sessions. */
    startDelivery(consumer: Consumer): void;
    stopDelivery(consumer: Consumer): void;
    /** Who holds which session; without use in a queue that has no sessions. */
    readonly sessions: Omit<SessionDelivery, 'add' | 'remove' | 'expireLocks'>;
    /** Ends every message lock and session lock at once: a fault for tests. */
    expireLocks(): void;
  };

type QueueParts = {
  name: string;
  settings: QueueSettings;
  schedule: Schedule;
  journal: History<JournalEntry>;
};

/** Creates an empty queue and its dead-letter queue. */
export function createQueue(parts: QueueParts): Queue {
  const deadLetters = assemble({
    ...parts,
    name: `${parts.name}/$deadletterqueue`,
    settings: deadLetterSettingsOf(parts.settings),
  });
  return assemble(parts, deadLetters).queue;
}

type Assembled = { readonly queue: Queue; readonly acceptDeadLetter: AcceptDeadLetter };

function assemble(
  { name, settings, schedule, journal: brokerJournal }: QueueParts,
  deadLetters?: Assembled,
): Assembled {
  const { isDeadLetterQueue, requiresSession, lockDurationMs, deadLetteringOnMessageExpiration } = settings;
  const journal = createQueueJournal(brokerJournal, name, schedule.now);
  const store = createMessageStore({ isDeadLetterQueue });
  const locks = createMessageLocks(schedule, lockDurationMs, (lock) => settlement.loseLock(lock));
  const handOver = createHandOver({ locks, store, journal });
  const shared = createSharedDelivery(handOver);
  const sessions = createSessionDelivery({
    lockDurationMs,
    schedule,
    journal,
    handOver,
    giveBack: (lock, reason) => settlement.giveBack(lock, reason),
  });
  const delivery = requiresSession ? sessions : shared;
  const removal = createRemoval({
    name,
    deadLetteringOnMessageExpiration,
    store,
    journal,
    acceptDeadLetter: deadLetters?.acceptDeadLetter,
  });
  const settlement = createSettlement({ settings, schedule, journal, store, locks, removal, delivery });
  const intake = createIntake({ name, settings, schedule, journal, store, enqueue });

  function enqueue(message: QueueMessage): void {
    message.alarm = undefined;
    if (message.timeToLiveMs !== undefined) {
      message.expiresAt = message.enqueuedAt + message.timeToLiveMs;
      message.alarm = schedule.at(message.expiresAt, () => expireIfWaiting(message));
    }
    journal.addMessage('enqueued', message, { body: bodyOf(message.content) });
    delivery.add(message);
  }

  /** A locked message may still be settled after its time; settlement looks at its time when it comes back. */
  function expireIfWaiting(message: QueueMessage): void {
    if (message.state !== 'active') return;
    delivery.remove(message);
    removal.expire(message);
  }

  const acceptDeadLetter: AcceptDeadLetter = (message, source, reason, description) => {
    const deadLetter: QueueMessage = {
      ...message,
      expiresAt: undefined,
      alarm: undefined,
      changes: new Map(message.changes),
      deadLetterSource: source,
    };
    if (reason !== undefined) deadLetter.changes.set('DeadLetterReason', reason);
    if (description !== undefined) deadLetter.changes.set('DeadLetterErrorDescription', description);
    store.add(deadLetter);
    delivery.add(deadLetter);
  };

  const queue: Queue = {
    name,
    settings,
    deadLetters: deadLetters?.queue,
    get size() {
      return store.size;
    },
    messages: store.all,
    peek: store.peek,
    findLocked: (token) => locks.find(token)?.message,
    send: intake.send,
    cancelScheduled: intake.cancelScheduled,
    refuse: intake.refuse,
    startDelivery: shared.start,
    stopDelivery: shared.stop,
    sessions,
    complete: settlement.complete,
    abandon: settlement.abandon,
    release: settlement.release,
    deadLetter: settlement.deadLetter,
    renewLock: settlement.renewLock,
    expireLocks() {
      sessions.expireLocks();
      for (const lock of locks.all()) settlement.loseLock(lock);
    },
  };
  return { queue, acceptDeadLetter };
}
