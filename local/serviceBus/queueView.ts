import type { MessageFields } from './messageContent.ts';
import { describeContent } from './messageContent.ts';
import type { Queue } from './queue.ts';
import type { MessageState, QueueMessage } from './queueMessage.ts';

/** A message as a person or a test sees it. */
export type MessageView = MessageFields & {
  readonly sequenceNumber: number;
  readonly messageId: string | undefined;
  readonly sessionId: string | undefined;
  readonly state: MessageState;
  /** Deliveries that ended without settlement. */
  readonly deliveryCount: number;
  readonly enqueuedAt: Date;
  readonly expiresAt: Date | undefined;
  readonly deadLetterReason: string | undefined;
  readonly deadLetterErrorDescription: string | undefined;
};

/** How many messages are in which state; `active` includes locked ones, as in the portal. */
export type QueueCounts = {
  readonly active: number;
  readonly locked: number;
  readonly scheduled: number;
  readonly deferred: number;
  readonly deadLettered: number;
};

/** A look into a queue from inside the process; it changes nothing. */
export class QueueView {
  readonly name: string;
  readonly #queue: Queue;

  constructor(queue: Queue) {
    this.name = queue.name;
    this.#queue = queue;
  }

  /** The dead-letter queue; of a dead-letter queue, itself. */
  get deadLetters(): QueueView {
    return new QueueView(this.#queue.deadLetters ?? this.#queue);
  }

  /** All messages, whatever their state. */
  messages(): MessageView[] {
    return [...this.#queue.messages()].map(view);
  }

  counts(): QueueCounts {
    const counts = { active: 0, locked: 0, scheduled: 0, deferred: 0 };
    for (const { state } of this.#queue.messages()) {
      if (state === 'removed') continue;
      counts[state] += 1;
      if (state === 'locked') counts.active += 1;
    }
    return { ...counts, deadLettered: this.#queue.deadLetters?.size ?? 0 };
  }
}

function view(message: QueueMessage): MessageView {
  const fields = describeContent(message.content);
  const applicationProperties = { ...fields.applicationProperties, ...Object.fromEntries(message.changes) };
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  return {
    ...fields,
    applicationProperties,
    sequenceNumber: message.sequenceNumber,
    messageId: message.content.messageId,
    sessionId: message.content.sessionId,
    state: message.state,
    deliveryCount: message.deliveryCount,
    enqueuedAt: new Date(message.enqueuedAt),
    expiresAt: message.expiresAt === undefined ? undefined : new Date(message.expiresAt),
    deadLetterReason: text(applicationProperties.DeadLetterReason),
    deadLetterErrorDescription: text(applicationProperties.DeadLetterErrorDescription),
  };
}
