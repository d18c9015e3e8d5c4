import type { Delivery, Receiver } from 'rhea';
import { readBatch, readMessage } from '../encoding/readMessage.ts';
import { MAX_MESSAGE_BYTES } from '../entities/entityOptions.ts';
import type { SendTarget } from '../entities/sendTarget.ts';
import { ServiceBusError } from '../messages/serviceBusError.ts';
import { settle } from './rheaLink.ts';

/** The message format of a batch of messages in one transfer. */
const batchFormat = 0x80013700;

/** Puts what a client sends over a link into a queue or topic; refused messages are settled as rejected. */
export function takeMessages(link: Receiver, target: SendTarget): void {
  link.on('message', (context: { message: unknown; delivery: Delivery; format: number }) => {
    const { message, delivery, format } = context;
    try {
      if (!Buffer.isBuffer(message)) throw new ServiceBusError('malformed', 'Not an AMQP message');
      if (message.length > MAX_MESSAGE_BYTES) {
        throw new ServiceBusError(
          'messageSizeExceeded',
          `The transfer is ${message.length} bytes; the limit is ${MAX_MESSAGE_BYTES} bytes.`,
        );
      }
      target.send(format === batchFormat ? readBatch(message) : [readMessage(message)]);
      settle(delivery);
    } catch (error) {
      settle(delivery, error);
    }
  });
}
