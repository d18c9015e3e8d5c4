import type { Delivery, link as Link, Sender, Session } from 'rhea';
import rhea from 'rhea';
import { type AmqpError, amqpErrorOf } from './amqpError.ts';

/** Inner parts of rhea's links and sessions that its typings leave out: a broker holds back an attach, and counts credit. */
type LinkParts = {
  state: { local_open: boolean; open_requests: number };
  local: { attach: Record<string, unknown> };
  credit: number;
  delivery_count: number;
  issue_flow: boolean;
  _draining: boolean;
  _get_drain: () => boolean;
};
type SessionParts = {
  outgoing: { next_delivery_id: number; next_pending_delivery: number; available(): number };
};

function partsOf(link: Link): LinkParts {
  return link as unknown as LinkParts;
}

function sessionParts(session: Session): SessionParts {
  return session as unknown as SessionParts;
}

/** Sets what our attach frame will say; only while the peer's attach is being handled, or while ours is held. */
export function setAttachFields(
  link: Link,
  fields: {
    max_message_size?: number;
    snd_settle_mode?: number;
    rcv_settle_mode?: number;
    properties?: Record<string, unknown>;
  },
): void {
  Object.assign(partsOf(link).local.attach, fields);
}

/** Holds our attach back, so that the peer waits for it; only while the peer's attach is being handled. */
export function holdAttach(link: Link): void {
  const { state } = partsOf(link);
  state.local_open = false;
  state.open_requests = 0;
}

/** Refuses a link as Service Bus does: an attach without source and target, and a detach with the error. */
export function refuseLink(link: Link, error: unknown): void {
  Object.assign(partsOf(link).local.attach, { source: undefined, target: undefined });
  link.open();
  link.close(amqpErrorOf(error));
}

/** How many more messages the link may be given now. `unsent` are ids of deliveries given to it; sent ones are dropped. */
export function creditOf(link: Sender, unsent: number[]): number {
  const { outgoing } = sessionParts(link.session);
  while (unsent[0] !== undefined && unsent[0] < outgoing.next_pending_delivery) unsent.shift();
  return Math.min(partsOf(link).credit - unsent.length, outgoing.available());
}

/**
 * Confirms a drain: everything that could be sent has been given to the link. rhea alone stays silent when the last
 * credit went on a message, and the client then waits for nothing.
 */
export function confirmDrain(link: Sender): void {
  const parts = partsOf(link);
  parts._get_drain = () => {
    const { outgoing } = sessionParts(link.session);
    if (!parts._draining || outgoing.next_pending_delivery < outgoing.next_delivery_id) return false;
    parts._draining = false;
    parts.delivery_count += parts.credit;
    parts.credit = 0;
    return true;
  };
  parts._draining = true;
  parts.issue_flow = true;
}

/** Whether the client is waiting for a drain to be confirmed. */
export function isDraining(link: Sender): boolean {
  return partsOf(link)._draining;
}

/**
 * Sends a reply as settled. A client would otherwise acknowledge it in a small packet of its own, and its next
 * frame would wait for that packet's (delayed) acknowledgement: 40 ms for every link it opens.
 */
export function sendSettled(link: Sender, message: Buffer): void {
  const delivery: { settled: boolean } = link.send(message, undefined, 0);
  delivery.settled = true;
}

/** Missing in rhea's typings. */
const outcomes = rhea.message as unknown as {
  accepted(): { described(): unknown };
  rejected(fields: { error: AmqpError }): { described(): unknown };
};

/**
 * Settles a delivery, in either direction, as accepted or as rejected because of an error. Even one that a client
 * sends in receiver settle mode `second` is settled at once: the Python client asks for that mode, and waits for
 * nothing but this.
 */
export function settle(delivery: Delivery, error?: unknown): void {
  const outcome =
    error === undefined ? outcomes.accepted() : outcomes.rejected({ error: amqpErrorOf(error) });
  delivery.update(true, outcome.described());
}
