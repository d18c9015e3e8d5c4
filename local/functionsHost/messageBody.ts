import type { ServiceBusReceivedMessage } from '@azure/service-bus';

/**
 * The body as the extension hands it over as bytes: the data sections of the AMQP message, joined. A message without a
 * body, or with null as its value, has an empty one.
 *
 * @throws Error for a body that is an AMQP value or sequence. The extension cannot bind it either: the function is not
 *   called, and the message is abandoned until the broker dead-letters it
 */
export function messageBody({ body, _rawAmqpMessage }: ServiceBusReceivedMessage): Uint8Array {
  if (body === undefined || body === null) return new Uint8Array();
  const { bodyType = 'data' } = _rawAmqpMessage;
  if (bodyType !== 'data') {
    throw new Error(
      `The body of the message is an AMQP ${bodyType}, which cannot be bound; its sender has to send data.`,
    );
  }
  return Buffer.concat(Array.isArray(body) ? body : [body]);
}
