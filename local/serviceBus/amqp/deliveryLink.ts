import type { Delivery, Sender } from 'rhea';
import type { Consumer } from '../delivery/consumer.ts';
import type { SessionLock } from '../delivery/session.ts';
import type { RawMapEntry } from '../encoding/amqpValue.ts';
import { valueOfEntry } from '../encoding/amqpValue.ts';
import { readPropertyChanges } from '../encoding/changedProperties.ts';
import { writeMessage } from '../encoding/writeMessage.ts';
import type { Queue } from '../entities/queue.ts';
import type { MessageLock } from '../messages/messageLocks.ts';
import type { QueueMessage } from '../messages/queueMessage.ts';
import { ServiceBusError } from '../messages/serviceBusError.ts';
import { amqpErrorOf, cannotDefer } from './amqpError.ts';
import { deliveryTagOf } from './deliveryTag.ts';
import { confirmDrain, creditOf, isDraining, settle } from './rheaLink.ts';
import { modificationOf, rejectionInfoOf } from './rheaSession.ts';

const REASON_KEY = 'DeadLetterReason';
const DESCRIPTION_KEY = 'DeadLetterErrorDescription';

/** Splits the two dead-letter properties from the other property changes of a rejection. */
function deadLetterChanges(info: readonly RawMapEntry[]) {
  const textOf = (name: string) => {
    const entry = info.find(({ key }) => key === name);
    const value = entry === undefined ? undefined : valueOfEntry(entry);
    return typeof value === 'string' ? value : undefined;
  };
  const changes = readPropertyChanges(info);
  for (const name of [REASON_KEY, DESCRIPTION_KEY]) changes.delete(name);
  return { reason: textOf(REASON_KEY), description: textOf(DESCRIPTION_KEY), changes };
}

/** A client's receiving link: messages go out as its credit allows, its dispositions come back to the queue. */
export class DeliveryLink implements Consumer {
  readonly receiveMode: Consumer['receiveMode'];
  readonly #link: Sender;
  readonly #queue: Queue;
  readonly #tokens = new Map<Delivery, string>();
  readonly #unsent: number[] = [];
  #session: SessionLock | undefined;
  #closed = false;

  constructor(link: Sender, queue: Queue) {
    this.#link = link;
    this.#queue = queue;
    this.receiveMode = link.snd_settle_mode === 1 ? 'receiveAndDelete' : 'peekLock';
    link.on('sender_flow', () => this.#look());
    link.on('sendable', () => {
      if (!isDraining(link)) this.#look();
    });
    link.on('sender_draining', () => this.#drain());
    link.on('accepted', ({ delivery }: { delivery: Delivery }) =>
      this.#settle(delivery, (token) => queue.complete(token)),
    );
    link.on('released', ({ delivery }: { delivery: Delivery }) =>
      this.#settle(delivery, (token) => queue.release(token)),
    );
    link.on('modified', ({ delivery }: { delivery: Delivery }) =>
      this.#settle(delivery, (token) => {
        const { undeliverableHere, changes } = modificationOf(delivery);
        queue.abandon(token, readPropertyChanges(changes));
        if (undeliverableHere) throw cannotDefer();
      }),
    );
    link.on('rejected', ({ delivery }: { delivery: Delivery }) =>
      this.#settle(delivery, (token) => {
        const { reason, description, changes } = deadLetterChanges(rejectionInfoOf(delivery));
        queue.deadLetter(token, reason, description, changes);
      }),
    );
  }

  /** From now on messages come from this session only. */
  hold(session: SessionLock): void {
    this.#session = session;
  }

  /** The link is open at last: the client may have given credit while it waited, and no event tells of that again. */
  begin(): void {
    this.#look();
    if (isDraining(this.#link)) this.#drain();
  }

  deliver(message: QueueMessage, lock: MessageLock | undefined): boolean {
    const tag = deliveryTagOf(lock?.token ?? '00000000000000000000000000000000');
    const delivery = this.#link.send(writeMessage(message, lock), tag, 0);
    this.#unsent.push(delivery.id);
    if (lock !== undefined) this.#tokens.set(delivery, lock.token);
    return this.#hasRoom();
  }

  detach(reason: ServiceBusError): void {
    this.#closed = true;
    this.#link.close(amqpErrorOf(reason));
  }

  /** The link is gone; `vanished` if the client did not say so. */
  end(ending: 'closed' | 'vanished'): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#queue.stopDelivery(this);
    if (this.#session !== undefined) this.#queue.sessions.release(this.#session, ending);
  }

  #hasRoom(): boolean {
    return !this.#closed && creditOf(this.#link, this.#unsent) > 0;
  }

  #look(): void {
    if (!this.#hasRoom()) this.#stop();
    else if (this.#session !== undefined) this.#queue.sessions.start(this.#session);
    else this.#queue.startDelivery(this);
  }

  #stop(): void {
    if (this.#session !== undefined) this.#queue.sessions.stop(this.#session);
    else this.#queue.stopDelivery(this);
  }

  #drain(): void {
    this.#stop();
    confirmDrain(this.#link);
  }

  #settle(delivery: Delivery, action: (token: string) => void): void {
    const token = this.#tokens.get(delivery);
    if (token === undefined) {
      settle(delivery);
      return;
    }
    this.#tokens.delete(delivery);
    try {
      action(token);
      settle(delivery);
    } catch (error) {
      if (!(error instanceof ServiceBusError)) throw error;
      settle(delivery, error);
    }
  }
}
