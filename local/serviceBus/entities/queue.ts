import type { History } from '../../history.ts';
import type { Consumer } from '../delivery/consumer.ts';
import { createHandOver } from '../delivery/handOver.ts';
import { createSessionDelivery, type SessionDelivery } from '../delivery/sessionDelivery.ts';
import { createSharedDelivery } from '../delivery/sharedDelivery.ts';
import type { JournalEntry } from '../messages/journalEntry.ts';
import { createMessageLocks } from '../messages/messageLocks.ts';
import { createMessageStore, type MessageStore } from '../messages/messageStore.ts';
import { createQueueJournal, type QueueJournal } from '../messages/queueJournal.ts';
import type { QueueMessage } from '../messages/queueMessage.ts';
import { ServiceBusError } from '../messages/serviceBusError.ts';
import type { Schedule } from '../time/schedule.ts';
import { deadLetterSettingsOf, type ReceiveSettings } from './entityOptions.ts';
import { createRemoval } from './removal.ts';
import { createSettlement, type Settlement } from './settlement.ts';

/** What messages are received from: a Service Bus queue, a subscription or a dead-letter queue. */
export type Queue = Settlement & {
  readonly name: string;
  readonly settings: ReceiveSettings;
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
  /** @throws ServiceBusError if receiving is disabled */
  assertEnabled(): void;
  /**
   * Disables receiving and settling, or enables them again: a fault for tests, for queues without sessions. Messages
   * are still taken in, and expire ("Suspend and reactivate messaging entities", "EntityStatus Enumeration").
   */
  disable(isDisabled: boolean): void;
  /** Ends every message lock and session lock at once: a fault for tests. */
  expireLocks(): void;
};

/** A queue, and those of its parts that whatever puts messages in needs. */
export type QueueParts = {
  readonly queue: Queue;
  readonly store: MessageStore;
  readonly journal: QueueJournal;
  /** Takes a message that is in the store and due; its time to live begins. */
  enqueue(message: QueueMessage): void;
  /** Takes a message that another queue has dead-lettered; it keeps its sequence number. */
  addDeadLetter(message: QueueMessage): void;
};

export type QueueDefinition = {
  name: string;
  settings: ReceiveSettings;
  schedule: Schedule;
  journal: History<JournalEntry>;
};

/** Creates an empty queue with its dead-letter queue. */
export function createQueue(definition: QueueDefinition): QueueParts {
  const deadLetters = createOneQueue({
    ...definition,
    name: `${definition.name}/$deadletterqueue`,
    settings: deadLetterSettingsOf(definition.settings),
  });
  return createOneQueue(definition, deadLetters);
}

function createOneQueue(
  { name, settings, schedule, journal: brokerJournal }: QueueDefinition,
  deadLetters?: QueueParts,
): QueueParts {
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
  const { addDeadLetter } = deadLetters ?? {};
  const removal = createRemoval({ name, deadLetteringOnMessageExpiration, store, journal, addDeadLetter });
  const settlement = createSettlement({ settings, schedule, journal, store, locks, removal, delivery });
  let disabled: ServiceBusError | undefined;

  /** A locked message may still be settled after its time; settlement looks at its time when it comes back. */
  function expireIfWaiting(message: QueueMessage): void {
    if (message.state !== 'active') return;
    delivery.remove(message);
    removal.expire(message);
  }

  function assertEnabled(): void {
    if (disabled) throw disabled;
  }

  /** The same, if receiving is enabled. */
  function ifEnabled<Arguments extends unknown[], Result>(action: (...args: Arguments) => Result) {
    return (...args: Arguments): Result => {
      assertEnabled();
      return action(...args);
    };
  }

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
    startDelivery(consumer) {
      if (disabled) consumer.detach(disabled);
      else shared.start(consumer);
    },
    stopDelivery: shared.stop,
    sessions,
    complete: ifEnabled(settlement.complete),
    abandon: ifEnabled(settlement.abandon),
    release: ifEnabled(settlement.release),
    deadLetter: ifEnabled(settlement.deadLetter),
    renewLock: ifEnabled(settlement.renewLock),
    assertEnabled,
    disable(isDisabled) {
      disabled = isDisabled
        ? new ServiceBusError('entityDisabled', `Receiving from '${name}' is disabled.`)
        : undefined;
      if (disabled) shared.detachAll(disabled);
    },
    expireLocks() {
      sessions.expireLocks();
      for (const lock of locks.all()) settlement.loseLock(lock);
    },
  };

  return {
    queue,
    store,
    journal,
    enqueue(message) {
      message.alarm = undefined;
      if (message.timeToLiveMs !== undefined) {
        message.expiresAt = message.enqueuedAt + message.timeToLiveMs;
        message.alarm = schedule.at(message.expiresAt, () => expireIfWaiting(message));
      }
      journal.addMessage('enqueued', message, { body: message.content.body });
      delivery.add(message);
    },
    addDeadLetter(message) {
      store.add(message);
      delivery.add(message);
    },
  };
}
