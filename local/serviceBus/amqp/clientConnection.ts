import type { Delivery, link as Link, Receiver, Sender, Session } from 'rhea';
import type { SessionLock } from '../delivery/session.ts';
import { ticks } from '../encoding/amqpValue.ts';
import type { FindEntity } from '../entities/entities.ts';
import { MAX_MESSAGE_BYTES } from '../entities/entityOptions.ts';
import type { Queue } from '../entities/queue.ts';
import { ServiceBusError } from '../messages/serviceBusError.ts';
import { DeliveryLink } from './deliveryLink.ts';
import type { RequestNode } from './requestResponse.ts';
import { ResponseLinks, respondTo } from './requestResponse.ts';
import { holdAttach, refuseLink, setAttachFields, settle } from './rheaLink.ts';
import { unknownTerminusOf } from './rheaSession.ts';
import { takeMessages } from './sendLink.ts';
import { addressOf, filterOf, propertyOf, writtenAddressOf } from './terminus.ts';

const SESSION_FILTER = 'com.microsoft:session-filter';
const DEFAULT_ACCEPT_TIMEOUT_MS = 60_000;
const MANAGEMENT_SUFFIX = '/$management';

type Ending = 'closed' | 'vanished';

/** One client's connection: which of its links stands for what. */
export class ClientConnection {
  readonly #findEntity: FindEntity;
  readonly #responseLinks = new ResponseLinks();
  /** What to do when a link is gone. */
  readonly #endings = new Map<Link, (ending: Ending) => void>();

  constructor(findEntity: FindEntity) {
    this.#findEntity = findEntity;
  }

  /** The client wants to send: to a queue or topic, or requests to a node. */
  openForSending(link: Receiver): void {
    const address = addressOf(link.target);
    this.#refuseOnError(link, () => {
      refuseUnknownTerminus(link);
      setAttachFields(link, { max_message_size: MAX_MESSAGE_BYTES, ...settleModesOf(link) });
      const node = this.#requestNodeAt(address);
      const target = node === undefined ? this.#findEntity(address).target() : undefined;
      link.set_target({ address: writtenAddressOf(link.target) });
      link.set_source({ address: writtenAddressOf(link.source) });
      if (node !== undefined) {
        link.on('message', ({ message, delivery }: { message: unknown; delivery: Delivery }) => {
          settle(delivery);
          if (Buffer.isBuffer(message)) respondTo(node, address, message, this.#responseLinks);
        });
      } else if (target !== undefined) {
        takeMessages(link, target);
      }
    });
  }

  /** The client wants to receive: from a queue, from a session of it, or responses from a node. */
  openForReceiving(link: Sender): void {
    const address = addressOf(link.source);
    this.#refuseOnError(link, () => {
      refuseUnknownTerminus(link);
      setAttachFields(link, settleModesOf(link));
      link.set_target({ address: writtenAddressOf(link.target) });
      link.set_source({ address: writtenAddressOf(link.source) });
      if (this.#requestNodeAt(address) !== undefined) {
        this.#responseLinks.add(link);
        this.#endings.set(link, () => this.#responseLinks.delete(link));
        return;
      }
      const queue = this.#findEntity(address).queue();
      queue.assertEnabled();
      const filter = filterOf(link, SESSION_FILTER);
      if (queue.settings.requiresSession !== (filter !== undefined)) {
        throw new ServiceBusError(
          'notAllowed',
          queue.settings.requiresSession
            ? `'${queue.name}' requires sessions: it is not possible to create a non-sessionful receiver for it.`
            : `'${queue.name}' does not have sessions: it is not possible to create a sessionful receiver for it.`,
        );
      }
      const delivery = new DeliveryLink(link, queue);
      this.#endings.set(link, (ending) => delivery.end(ending));
      if (filter === undefined) return;
      if (typeof filter.value === 'string') {
        grantSession(link, delivery, queue.sessions.accept(filter.value, delivery));
      } else {
        this.#waitForSession(link, delivery, queue);
      }
    });
  }

  closeLink(link: Link): void {
    const end = this.#endings.get(link);
    this.#endings.delete(link);
    end?.('closed');
  }

  closeSession(session: Session): void {
    for (const link of [...this.#endings.keys()]) {
      if (link.session === session) this.closeLink(link);
    }
  }

  /** All links are gone with the connection. */
  end(ending: Ending): void {
    const endings = [...this.#endings.values()];
    this.#endings.clear();
    for (const end of endings) end(ending);
  }

  #waitForSession(link: Sender, delivery: DeliveryLink, queue: Queue): void {
    const wanted = propertyOf(link, 'com.microsoft:timeout');
    let waiting = true;
    holdAttach(link);
    const giveUp = queue.sessions.acceptNext(
      delivery,
      typeof wanted === 'number' ? wanted : DEFAULT_ACCEPT_TIMEOUT_MS,
      (lock) => {
        waiting = false;
        this.#endings.set(link, (ending) => delivery.end(ending));
        grantSession(link, delivery, lock);
        link.open();
        delivery.begin();
      },
      () => {
        waiting = false;
        this.#endings.delete(link);
        refuseLink(
          link,
          new ServiceBusError('timeout', `No session of '${queue.name}' had messages in time.`),
        );
      },
    );
    if (!waiting) return;
    this.#endings.set(link, (ending) => {
      giveUp();
      // The client's detach takes one of ours, and that takes an attach first.
      if (ending === 'closed') link.open();
    });
  }

  #requestNodeAt(address: string): RequestNode | undefined {
    const lower = address.toLowerCase();
    if (lower === '$cbs') return { kind: 'cbs', findEntity: this.#findEntity };
    if (!lower.endsWith(MANAGEMENT_SUFFIX)) return undefined;
    return { kind: 'management', entity: this.#findEntity(address.slice(0, -MANAGEMENT_SUFFIX.length)) };
  }

  #refuseOnError(link: Link, open: () => void): void {
    try {
      open();
    } catch (error) {
      refuseLink(link, error);
    }
  }
}

/** Both as the client wants them. Left out, they mean that nothing is sent settled; .NET then names no delivery. */
function settleModesOf(link: Link): { snd_settle_mode: number; rcv_settle_mode: number } {
  return { snd_settle_mode: link.snd_settle_mode ?? 2, rcv_settle_mode: link.rcv_settle_mode ?? 0 };
}

function refuseUnknownTerminus(link: Link): void {
  const terminus = unknownTerminusOf(link);
  if (terminus === undefined) return;
  throw new ServiceBusError(
    'notSupported',
    terminus === 'coordinator'
      ? 'The local Service Bus does not support transactions.'
      : 'The local Service Bus knows no such source or target.',
  );
}

function grantSession(link: Sender, delivery: DeliveryLink, lock: SessionLock): void {
  link.set_source({ address: writtenAddressOf(link.source), filter: { [SESSION_FILTER]: lock.session.id } });
  setAttachFields(link, { properties: { 'com.microsoft:locked-until-utc': ticks(lock.lockedUntil) } });
  delivery.hold(lock);
}
