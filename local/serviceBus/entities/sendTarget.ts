import type { MessageContent } from '../messages/messageContent.ts';
import type { MessageStore } from '../messages/messageStore.ts';
import type { QueueJournal } from '../messages/queueJournal.ts';
import type { QueueMessage } from '../messages/queueMessage.ts';
import { ServiceBusError } from '../messages/serviceBusError.ts';
import type { Schedule } from '../time/schedule.ts';
import { createDuplicateDetection } from './duplicateDetection.ts';
import { MAX_ID_LENGTH, MAX_MESSAGE_BYTES, type SendSettings } from './entityOptions.ts';

/** What messages are sent to: a queue or a topic. */
export type SendTarget = {
  readonly name: string;
  /**
   * Puts messages in, all or none.
   *
   * @returns their sequence numbers: 0 for a duplicate, which is dropped
   * @throws ServiceBusError if one of them is refused
   */
  send(contents: readonly MessageContent[]): number[];
  /** @throws ServiceBusError if a message with one of the numbers is not waiting for its scheduled time */
  cancelScheduled(sequenceNumbers: readonly number[]): void;
  /** Refuses every send from now on, as if its quota was reached, or no longer: a fault for tests. */
  refuse(refusing: boolean): void;
};

/** @param enqueue takes a message on that is due, with its final sequence number */
export function createSendTarget({
  name,
  settings,
  schedule,
  journal,
  store,
  enqueue,
}: {
  name: string;
  settings: SendSettings;
  schedule: Schedule;
  journal: QueueJournal;
  store: MessageStore;
  enqueue: (message: QueueMessage) => void;
}): SendTarget {
  let isRefusing = false;
  const duplicates = createDuplicateDetection(settings.duplicateDetectionWindowMs);

  function reasonToRefuse(content: MessageContent): ServiceBusError | undefined {
    if (isRefusing) {
      return new ServiceBusError('quotaExceeded', `'${name}' has reached its quota.`);
    }
    if (content.size > MAX_MESSAGE_BYTES) {
      return new ServiceBusError(
        'messageSizeExceeded',
        `The message is ${content.size} bytes; the limit is ${MAX_MESSAGE_BYTES} bytes.`,
      );
    }
    for (const [name, id] of [
      ['MessageId', content.messageId],
      ['SessionId', content.sessionId],
    ] as const) {
      if (id === undefined || id.length <= MAX_ID_LENGTH) continue;
      return new ServiceBusError(
        'argumentError',
        `The ${name} has ${id.length} characters; the limit is ${MAX_ID_LENGTH}.`,
      );
    }
    if (settings.requiresSession && content.sessionId === undefined) {
      return new ServiceBusError(
        'notAllowed',
        `The SessionId was not set on a message, and it cannot be sent to '${name}', which requires sessions.`,
      );
    }
    return undefined;
  }

  function accept(content: MessageContent): number {
    const now = schedule.now();
    if (content.messageId !== undefined && duplicates.isDuplicate(content.messageId, now)) {
      journal.addContent('duplicate', content);
      return 0;
    }
    const message = newMessage(content, store.nextSequenceNumber(), now);
    const dueAt = content.scheduledEnqueueTime;
    store.add(message);
    if (dueAt === undefined || dueAt <= now) {
      enqueue(message);
    } else {
      message.wasScheduled = true;
      message.alarm = schedule.at(dueAt, () => enqueueScheduled(message));
      journal.addMessage('scheduled', message, { body: message.content.body });
    }
    return message.sequenceNumber;
  }

  function newMessage(content: MessageContent, sequenceNumber: number, enqueuedAt: number): QueueMessage {
    const timeToLiveMs = Math.min(
      content.timeToLiveMs ?? Number.POSITIVE_INFINITY,
      settings.defaultTimeToLiveMs,
    );
    return {
      sequenceNumber,
      enqueuedSequenceNumber: sequenceNumber,
      content,
      enqueuedAt,
      expiresAt: undefined,
      timeToLiveMs: Number.isFinite(timeToLiveMs) ? timeToLiveMs : undefined,
      deliveryCount: 0,
      state: 'scheduled',
      wasScheduled: false,
      alarm: undefined,
      changes: new Map(),
      deadLetterSource: undefined,
    };
  }

  /**
   * A scheduled message joins the queue as if it was sent at that moment, which includes a new sequence number
   * ("Message sequencing and timestamps").
   */
  function enqueueScheduled(message: QueueMessage): void {
    store.renumber(message);
    message.enqueuedAt = schedule.now();
    enqueue(message);
  }

  return {
    name,
    send(contents) {
      for (const content of contents) {
        const refusal = reasonToRefuse(content);
        if (refusal === undefined) continue;
        const { reason, message: description } = refusal;
        journal.addContent('refused', content, { reason, description });
        throw refusal;
      }
      return contents.map(accept);
    },
    cancelScheduled(sequenceNumbers) {
      const found = sequenceNumbers.map((sequenceNumber) => {
        const message = store.find(sequenceNumber);
        if (message?.state === 'scheduled') return message;
        throw new ServiceBusError(
          'messageNotFound',
          `No scheduled message has sequence number ${sequenceNumber}.`,
        );
      });
      for (const message of found) {
        store.remove(message);
        journal.addMessage('cancelled', message);
      }
    },
    refuse(refusing) {
      isRefusing = refusing;
    },
  };
}
