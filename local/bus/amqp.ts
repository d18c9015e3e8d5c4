import rhea, { type Delivery, type Message, type Sender, type Session } from 'rhea';
import type { MessageLock, QueuedMessage } from './queue.ts';

/** Error conditions of Service Bus ("AMQP errors in Azure Service Bus"). */
export const conditions = {
  notFound: 'amqp:not-found',
  notAllowed: 'amqp:not-allowed',
  tooLarge: 'amqp:link:message-size-exceeded',
  quotaExceeded: 'amqp:resource-limit-exceeded',
  timeout: 'com.microsoft:timeout',
  messageLockLost: 'com.microsoft:message-lock-lost',
  sessionLockLost: 'com.microsoft:session-lock-lost',
  sessionCannotBeLocked: 'com.microsoft:session-cannot-be-locked',
  messageNotFound: 'com.microsoft:message-not-found',
} as const;

export type AmqpError = { condition: string; description: string };

/** What rhea's typings leave out of a link; {@link internals} is the one place that reaches for it. */
export type LinkInternals = {
  name: string;
  credit: number;
  session: Session & { outgoing: { next_delivery_id: number; next_pending_delivery: number } };
  local: { attach: Record<string, unknown> };
  remote: { attach?: RemoteAttach };
  state: { local_open: boolean; open_requests: number };
  open(): void;
  set_source(fields: object): void;
  set_target(fields: object): void;
};

export type RemoteAttach = {
  source?: { address?: string; filter?: Record<string, unknown> };
  target?: { address?: string };
  properties?: Record<string, unknown>;
  snd_settle_mode?: number;
  rcv_settle_mode?: number;
};

export function internals(link: object): LinkInternals {
  return link as LinkInternals;
}

/** rhea answers an attach at once; a session receiver has to wait for its session. */
export function holdAttach(link: LinkInternals): void {
  link.state.local_open = false;
  link.state.open_requests = 0;
}

/** Credit of a link less what rhea has queued but not yet written. */
export function creditOf(sender: Sender): number {
  const { credit, session } = internals(sender);
  const { outgoing } = session;
  return credit - (outgoing.next_delivery_id - outgoing.next_pending_delivery);
}

/** Settles a delivery to a receiver. The peer never confirms it, so rhea is told that it has. */
export function settleDelivery(delivery: Delivery, error?: AmqpError): void {
  const { accepted, rejected } = rhea.message as unknown as Record<
    string,
    (fields?: object) => { described(): never }
  >;
  const outcome = error ? rejected?.({ error: wrapError(error) }) : accepted?.();
  delivery.update(true, outcome?.described());
  (delivery as { remote_settled: boolean }).remote_settled = true;
}

export function wrapError(error: AmqpError): object {
  return { condition: error.condition, description: error.description };
}

/** A message as it goes to a receiver: as it was sent, with the broker's header and annotations. */
export function outgoing({ message, ...queued }: QueuedMessage, lock?: MessageLock): Message {
  return {
    ...message,
    delivery_count: queued.deliveryCount,
    message_annotations: {
      ...message.message_annotations,
      'x-opt-sequence-number': rhea.types.wrap_long(queued.sequenceNumber),
      'x-opt-enqueued-time': rhea.types.wrap_timestamp(queued.enqueuedTime),
      'x-opt-message-state': rhea.types.wrap_int({ active: 0, deferred: 1, scheduled: 2 }[queued.state]),
      ...(lock && { 'x-opt-locked-until': rhea.types.wrap_timestamp(lock.until) }),
    },
  };
}

/** Ticks of 100 ns since year 1, in which session links carry their lock time. */
export function ticks(ms: number): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigInt64BE(BigInt(Math.round(ms)) * 10_000n + 621_355_968_000_000_000n);
  return buffer;
}

/** AMQP longs arrive as numbers, or as eight bytes where they may not fit. */
export function toNumber(value: unknown): number {
  return Buffer.isBuffer(value) ? Number(value.readBigInt64BE()) : Number(value);
}

/** Lock tokens travel as GUIDs, whose first three fields are little-endian in a delivery tag. */
export function swapGuidBytes(guid: Buffer): Buffer {
  const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
  return Buffer.from(order.map((index) => guid[index] ?? 0));
}

/** rhea's typings know two kinds of message; they are one. */
export function decode(encoded: Buffer): Message {
  return rhea.message.decode(encoded) as unknown as Message;
}
