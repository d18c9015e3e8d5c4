import type { Socket } from 'node:net';
import type { Connection, Delivery, link as Link, Receiver, Sender, Session } from 'rhea';
import rhea from 'rhea';
import type { ServiceBusError } from '../messages/serviceBusError.ts';

/**
 * The few inner parts of rhea's links that its typings leave out and that a broker needs: holding back an attach, and
 * an exact count of credit. All reaching into rhea happens here and in `rheaSession.ts`.
 */
type LinkState = { local_open: boolean; open_requests: number };
type SessionParts = {
  outgoing: { next_delivery_id: number; next_pending_delivery: number; available(): number };
};
type LinkParts = {
  state: LinkState;
  local: { attach: Record<string, unknown> };
  credit: number;
  delivery_count: number;
  issue_flow: boolean;
  _draining: boolean;
  _get_drain: () => boolean;
};

const { types } = rhea;

/** The message format of a batch of messages in one transfer. */
export const batchFormat = 0x80013700;

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
export function refuseLink(link: Link, error: ServiceBusError): void {
  Object.assign(partsOf(link).local.attach, { source: undefined, target: undefined });
  link.open();
  link.close(amqpError(error));
}

export function amqpError(error: ServiceBusError): { condition: string; description: string } {
  return { condition: error.condition, description: error.message };
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

type Outcome = 'accepted' | 'rejected' | 'released' | 'modified';
type OutcomeFields = { error?: { condition: string; description: string } };
const outcomes = rhea.message as unknown as Record<
  Outcome,
  (fields?: OutcomeFields) => { described(): unknown }
>;

/**
 * Settles a delivery, in either direction. Even one that a client sends in receiver settle mode `second` is settled
 * at once: the Python client asks for that mode, and waits for nothing but this.
 */
export function settle(delivery: Delivery, error?: ServiceBusError): void {
  const outcome = error === undefined ? outcomes.accepted() : outcomes.rejected({ error: amqpError(error) });
  delivery.update(true, outcome.described());
}

export function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** The value inside an AMQP described value, if it is one. */
export function undescribed(value: unknown): unknown {
  return types.unwrap(
    typeof value === 'object' && value !== null && 'descriptor' in value && 'value' in value
      ? value.value
      : value,
  );
}

/** The address in a link's source or target, as the client wrote it: the service gives it back so. */
export function writtenAddressOf(terminus: unknown): string {
  const address = asRecordWith(terminus, 'address');
  return typeof address === 'string' ? address : '';
}

/**
 * The name in a link's source or target. Clients write it as it is (JavaScript), as a path (.NET) or as a URL
 * (Python).
 */
export function addressOf(terminus: unknown): string {
  const path = writtenAddressOf(terminus).replace(/^[a-z]+:\/\/[^/]*/i, '');
  try {
    return decodeURIComponent(path).replace(/^\//, '');
  } catch {
    // Not percent-encoded after all: then it is the name of nothing.
    return path;
  }
}

function asRecordWith(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

/** One of the filters of a receiving link's source: whether it is there at all, and its value. */
export function filterOf(link: Sender, name: string): { readonly value: unknown } | undefined {
  const filters = asRecordWith(link.source, 'filter');
  if (typeof filters !== 'object' || filters === null || !(name in filters)) return undefined;
  return { value: undescribed(Reflect.get(filters, name)) };
}

export function propertyOf(link: Link, name: string): unknown {
  return asRecordWith(link.properties, name);
}

export function socketOf(connection: Connection): Socket {
  return (connection as unknown as { socket: Socket }).socket;
}

export type { Connection, Delivery, Link, Receiver, Sender, Session };
