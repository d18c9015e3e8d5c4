import { type MessageFields, messageFieldsOf } from './encoding/messageFields.ts';
import type { Queue } from './entities/queue.ts';
import type { MessageState, QueueMessage } from './messages/queueMessage.ts';

/** A message as a person or a test sees it. */
export type MessageView = MessageFields & {
  readonly sequenceNumber: number;
  readonly messageId: string | undefined;
  readonly sessionId: string | undefined;
  readonly state: MessageState;
  /** Deliveries that ended without settlement. */
  readonly deliveryCount: number;
  /** Of a message that is still scheduled, when it was sent. */
  readonly enqueuedAt: Date;
  readonly scheduledEnqueueTime: Date | undefined;
  readonly expiresAt: Date | undefined;
  readonly deadLetterReason: string | undefined;
  readonly deadLetterErrorDescription: string | undefined;
};

/** How many messages are in which state; `active` includes locked ones, as in the portal. */
export type QueueCounts = {
  readonly active: number;
  readonly locked: number;
  readonly scheduled: number;
  readonly deadLettered: number;
};

/** A look into a queue from inside the process; it changes nothing. */
export type QueueView = {
  readonly name: string;
  /** The dead-letter queue; of a dead-letter queue, itself. */
  readonly deadLetters: QueueView;
  /** All messages, whatever their state. */
  messages(): MessageView[];
  counts(): QueueCounts;
};

export function createQueueView(queue: Queue): QueueView {
  return {
    name: queue.name,
    get deadLetters() {
      return createQueueView(queue.deadLetters ?? queue);
    },
    messages: () => [...queue.messages()].map(viewOf),
    counts() {
      const counts = { active: 0, locked: 0, scheduled: 0, removed: 0 };
      for (const { state } of queue.messages()) counts[state] += 1;
      const { active, locked, scheduled } = counts;
      return { active: active + locked, locked, scheduled, deadLettered: queue.deadLetters?.size ?? 0 };
    },
  };
}

function viewOf(message: QueueMessage): MessageView {
  const fields = messageFieldsOf(message.content, message.changes);
  const { applicationProperties } = fields;
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  return {
    ...fields,
    sequenceNumber: message.sequenceNumber,
    messageId: message.content.messageId,
    sessionId: message.content.sessionId,
    state: message.state,
    deliveryCount: message.deliveryCount,
    enqueuedAt: new Date(message.enqueuedAt),
    scheduledEnqueueTime: dateOf(message.content.scheduledEnqueueTime),
    expiresAt: dateOf(message.expiresAt),
    deadLetterReason: text(applicationProperties.DeadLetterReason),
    deadLetterErrorDescription: text(applicationProperties.DeadLetterErrorDescription),
  };
}

function dateOf(time: number | undefined): Date | undefined {
  return time === undefined ? undefined : new Date(time);
}
