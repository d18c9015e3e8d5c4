import type { ServiceBusReceivedMessage } from '@azure/service-bus';

/** A section of data or sequences as rhea decodes it; a value has none around it. */
type Section = { readonly typecode: number; readonly content: Buffer | readonly Buffer[] };

const DATA = 0x75;
const SEQUENCE = 0x76;

/**
 * The body as the extension hands it over as bytes: the data sections of the AMQP message, joined. A message without a
 * body, or with null as its value, has an empty one.
 *
 * @throws Error for a body that is an AMQP value, also one of bytes, or a sequence. The extension cannot bind it
 *   either: the function is not called, and the message is abandoned until the broker dead-letters it
 */
export function messageBody({ _rawAmqpMessage }: ServiceBusReceivedMessage): Uint8Array {
  // The client takes a value of bytes for data, so what counts is what it decoded.
  const body: unknown = _rawAmqpMessage.body;
  if (body === undefined || body === null) return new Uint8Array();
  const section = isSection(body) ? body : undefined;
  if (section?.typecode !== DATA) {
    const type = section?.typecode === SEQUENCE ? 'sequence' : 'value';
    throw new Error(
      `The body of the message is an AMQP ${type}, which cannot be bound; its sender has to send data.`,
    );
  }
  const { content } = section;
  return Buffer.concat(Buffer.isBuffer(content) ? [content] : content);
}

/** By a method, which a value that came over the wire cannot have. */
function isSection(body: unknown): body is Section {
  return typeof (body as { collect_sections?: unknown }).collect_sections === 'function';
}
