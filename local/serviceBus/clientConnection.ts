import rhea from 'rhea';
import { ticks } from './amqpValue.ts';
import { DeliveryLink } from './deliveryLink.ts';
import type { FindEntity } from './entities.ts';
import { maxMessageBytes } from './entityOptions.ts';
import { readBatch, readMessage } from './messageContent.ts';
import type { Queue } from './queue.ts';
import type { RequestNode } from './requestResponse.ts';
import { answerRequest, ReplyLinks } from './requestResponse.ts';
import type { Delivery, Link, Receiver, Sender, Session } from './rheaEdge.ts';
import {
  addressOf,
  amqpError,
  batchFormat,
  filterOf,
  holdAttach,
  keepTransfersEncoded,
  propertyOf,
  refuseLink,
  setAttachFields,
} from './rheaEdge.ts';
import type { SendTarget } from './sendTarget.ts';
import { ServiceBusError } from './serviceBusError.ts';
import type { SessionLock } from './session.ts';

const sessionFilter = 'com.microsoft:session-filter';
const defaultAcceptTimeoutMs = 60_000;
const managementSuffix = '/$management';

type Ending = 'closed' | 'vanished';

/** One client's connection: which of its links stands for what. */
export class ClientConnection {
  readonly #findEntity: FindEntity;
  readonly #replies = new ReplyLinks();
  /** What to do when a link is gone. */
  readonly #endings = new Map<Link, (ending: Ending) => void>();

  constructor(findEntity: FindEntity) {
    this.#findEntity = findEntity;
  }

  /** The client wants to send: to a queue or topic, or requests to a node. */
  openForSending(link: Receiver): void {
    const address = addressOf(link.target);
    this.#refuseOnError(link, () => {
      keepTransfersEncoded(link.session);
      setAttachFields(link, { max_message_size: maxMessageBytes });
      const node = this.#requestNodeAt(address);
      const target = node === undefined ? this.#findEntity(address).target() : undefined;
      link.set_target({ address });
      link.set_source({ address: addressOf(link.source) });
      if (node !== undefined) {
        link.on('message', ({ message, delivery }: { message: unknown; delivery: Delivery }) => {
          delivery.accept();
          if (Buffer.isBuffer(message)) answerRequest(node, address, message, this.#replies);
        });
      } else if (target !== undefined) {
        link.on('message', (context: { message: unknown; delivery: Delivery; format: number }) => {
          receive(target, context.message, context.delivery, context.format);
        });
      }
    });
  }

  /** The client wants to receive: from a queue, from a session of it, or answers from a node. */
  openForReceiving(link: Sender): void {
    const address = addressOf(link.source);
    this.#refuseOnError(link, () => {
      keepTransfersEncoded(link.session);
      setAttachFields(link, {
        snd_settle_mode: link.snd_settle_mode ?? 2,
        rcv_settle_mode: link.rcv_settle_mode ?? 0,
      });
      link.set_target({ address: addressOf(link.target) });
      if (this.#requestNodeAt(address) !== undefined) {
        link.set_source({ address });
        this.#replies.add(link);
        this.#endings.set(link, () => this.#replies.delete(link));
        return;
      }
      const queue = this.#findEntity(address).queue();
      queue.assertEnabled();
      const filter = filterOf(link, sessionFilter);
      if (queue.settings.requiresSession !== (filter !== undefined)) {
        throw new ServiceBusError(
          'amqp:not-allowed',
          queue.settings.requiresSession
            ? `'${queue.name}' requires sessions: it is not possible to create a non-sessionful receiver for it.`
            : `'${queue.name}' does not have sessions: it is not possible to create a sessionful receiver for it.`,
        );
      }
      const delivery = new DeliveryLink(link, queue);
      this.#endings.set(link, (ending) => delivery.end(ending));
      if (filter === undefined) {
        link.set_source({ address });
      } else if (typeof filter.value === 'string') {
        grantSession(link, address, delivery, queue.sessions.accept(filter.value, delivery));
      } else {
        this.#waitForSession(link, address, delivery, queue);
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

  #waitForSession(link: Sender, address: string, delivery: DeliveryLink, queue: Queue): void {
    const wanted = propertyOf(link, 'com.microsoft:timeout');
    let waiting = true;
    holdAttach(link);
    const giveUp = queue.sessions.acceptNext(
      delivery,
      typeof wanted === 'number' ? wanted : defaultAcceptTimeoutMs,
      (lock) => {
        waiting = false;
        this.#endings.set(link, (ending) => delivery.end(ending));
        grantSession(link, address, delivery, lock);
        link.open();
      },
      () => {
        waiting = false;
        this.#endings.delete(link);
        refuseLink(
          link,
          new ServiceBusError('com.microsoft:timeout', `No session of '${queue.name}' had messages in time.`),
        );
      },
    );
    if (!waiting) return;
    this.#endings.set(link, (ending) => {
      giveUp();
      // A detach is to be answered, and that takes an attach first.
      if (ending === 'closed') link.open();
    });
  }

  #requestNodeAt(address: string): RequestNode | undefined {
    const lower = address.toLowerCase();
    if (lower === '$cbs') return { kind: 'cbs' };
    if (!lower.endsWith(managementSuffix)) return undefined;
    return { kind: 'management', entity: this.#findEntity(address.slice(0, -managementSuffix.length)) };
  }

  #refuseOnError(link: Link, open: () => void): void {
    try {
      open();
    } catch (error) {
      refuseLink(
        link,
        error instanceof ServiceBusError ? error : new ServiceBusError('amqp:internal-error', String(error)),
      );
    }
  }
}

function grantSession(link: Sender, address: string, delivery: DeliveryLink, lock: SessionLock): void {
  link.set_source({ address, filter: { [sessionFilter]: lock.session.id } });
  setAttachFields(link, { properties: { 'com.microsoft:locked-until-utc': ticks(lock.lockedUntil) } });
  delivery.hold(lock);
}

function receive(target: SendTarget, message: unknown, delivery: Delivery, format: number): void {
  try {
    if (!Buffer.isBuffer(message)) throw new ServiceBusError('amqp:decode-error', 'Not an AMQP message');
    if (message.length > maxMessageBytes) {
      throw new ServiceBusError(
        'amqp:link:message-size-exceeded',
        `The transfer is ${message.length} bytes; the limit is ${maxMessageBytes} bytes.`,
      );
    }
    target.send(format === batchFormat ? readBatch(message) : [readMessage(message)]);
    delivery.accept();
  } catch (error) {
    const refusal =
      error instanceof ServiceBusError ? error : new ServiceBusError('amqp:internal-error', String(error));
    delivery.reject(amqpError(refusal));
  }
}

/** How rhea has to behave towards clients: nothing is accepted or settled on its own. */
export const connectionOptions = {
  autoaccept: false,
  credit_window: 500,
  treat_modified_as_released: false,
  max_frame_size: 65_536,
  tcp_no_delay: true,
} as const;

/** A container that takes any of the SASL mechanisms that Service Bus clients use, whatever they present. */
export function createContainer() {
  const container = rhea.create_container({ id: 'local-service-bus' });
  const anyone = () => ({ outcome: undefined as boolean | undefined, start: acceptAnyone });
  for (const mechanism of ['MSSBCBS', 'ANONYMOUS', 'PLAIN', 'EXTERNAL']) {
    container.sasl_server_mechanisms[mechanism] = anyone;
  }
  return container;
}

function acceptAnyone(this: { outcome: boolean | undefined }): void {
  this.outcome = true;
}
