import { MAX_ID_CHARACTERS } from '../contract/requestSchema.ts';
import { truncate } from '../kit/sanitize.ts';
import { type RequestBody, readRequestBody } from './requestBody.ts';

/** A message as the queue delivered it: the broker's properties and what its body says. */
export type Message = RequestBody & {
  /** As the worker hands it over; see {@link receiveMessage}. */
  readonly messageId: string;
  /** Whether that is the MessageId to the letter, as far as can be told. */
  readonly isMessageIdExact: boolean;
  readonly sessionId: string;
  /** The broker's number of the message, in decimal; digits beyond 2^53 are lost on the way. */
  readonly sequenceNumber?: string;
  /** Absent if the worker handed over anything but text. */
  readonly correlationId?: string;
  /** 1 on the first delivery. */
  readonly deliveryCount: number;
  /** When the broker made the message available: for a scheduled message its scheduled time. */
  readonly enqueuedTime?: Date;
};

/**
 * Makes a {@link Message} of what the Functions worker hands to a `serviceBusTrigger` with `dataType: 'binary'`.
 * The worker JSON-parses metadata strings: the id `20261129055000123456` arrives as a number that has lost its last
 * digits, `1.0` as 1, and `"a"` without its quotes.
 */
export function receiveMessage(body: unknown, metadata: Readonly<Record<string, unknown>> = {}): Message {
  const correlationId = typeof metadata.correlationId === 'string' ? metadata.correlationId : '';
  const sequenceNumber = asText(metadata.sequenceNumber);
  const enqueuedTime = asUtc(asText(metadata.enqueuedTimeUtc));
  return {
    ...withShortIds(readRequestBody(asBytes(body)), correlationId),
    messageId: truncate(asText(metadata.messageId), MAX_ID_CHARACTERS),
    isMessageIdExact: typeof metadata.messageId === 'string',
    sessionId: asText(metadata.sessionId),
    deliveryCount: Number(metadata.deliveryCount) || 1,
    ...(sequenceNumber && { sequenceNumber }),
    ...(correlationId && { correlationId: truncate(correlationId, MAX_ID_CHARACTERS) }),
    ...(!Number.isNaN(enqueuedTime.getTime()) && { enqueuedTime }),
  };
}

/** The broker keeps a CorrelationId of any length, which would make a result too large to send. */
function withShortIds(body: RequestBody, correlationId: string): RequestBody {
  if (correlationId.length <= MAX_ID_CHARACTERS) return body;
  const problem = `CorrelationId has ${correlationId.length} characters; send at most ${MAX_ID_CHARACTERS}.`;
  return { received: body.received, problem: body.request ? problem : `${problem} ${body.problem}` };
}

function asText(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** The host sends times without an offset and means UTC. */
function asUtc(time: string): Date {
  return new Date(/(Z|[+-]\d\d:?\d\d)$/i.test(time) ? time : `${time}Z`);
}

/** The bytes of a body, whatever a client made of it. */
export function asBytes(body: unknown): Uint8Array {
  if (body instanceof Uint8Array) return body;
  return Buffer.from(typeof body === 'string' ? body : (JSON.stringify(body) ?? ''));
}
