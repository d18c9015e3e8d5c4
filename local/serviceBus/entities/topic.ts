import type { History } from '../../history.ts';
import type { JournalEntry } from '../messages/journalEntry.ts';
import { createMessageStore } from '../messages/messageStore.ts';
import { createQueueJournal } from '../messages/queueJournal.ts';
import type { Schedule } from '../time/schedule.ts';
import type { SendSettings } from './entityOptions.ts';
import { createSendTarget, type SendTarget } from './sendTarget.ts';
import type { Subscription } from './subscription.ts';

/**
 * Creates a topic: every subscription gets a copy of every message; without a subscription the message is dropped.
 *
 * The quota of a topic is shared by its subscriptions ("Service Bus quotas"): none of them can be full by itself, and a
 * topic that is full refuses sends until one of them is emptied.
 */
export function createTopic({
  name,
  settings,
  subscriptions,
  schedule,
  journal: brokerJournal,
}: {
  name: string;
  settings: SendSettings;
  subscriptions: readonly Subscription[];
  schedule: Schedule;
  journal: History<JournalEntry>;
}): SendTarget {
  const journal = createQueueJournal(brokerJournal, name, schedule.now);
  /** Only for scheduled messages, and for the moment in which a message passes through. */
  const store = createMessageStore({ isDeadLetterQueue: false });
  return createSendTarget({
    name,
    settings,
    schedule,
    journal,
    store,
    enqueue(message) {
      store.remove(message);
      journal.addMessage('published', message, { body: message.content.body });
      for (const subscription of subscriptions) subscription.addCopy(message);
    },
  });
}
