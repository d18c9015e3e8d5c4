import { type RequestBody, readRequestBody } from './requestBody.ts';

/** A message as the queue delivered it: the broker's properties and what its body says. */
export type Message = RequestBody & {
  readonly messageId: string;
  readonly sessionId: string;
  /** The broker's number of the message, in decimal; digits beyond 2^53 are lost on the way. */
  readonly sequenceNumber?: string;
  readonly correlationId?: string;
  /** 1 on the first delivery. */
  readonly deliveryCount: number;
  /** When the broker made the message available: for a scheduled message its scheduled time. */
  readonly enqueuedTime?: Date;
};

/**
 * Makes a {@link Message} of what the Functions worker hands to a `serviceBusTrigger` with `dataType: 'binary'`.
 * The worker JSON-parses metadata strings, so an id that looks like a number or a boolean arrives as one.
 */
export function receiveMessage(body: unknown, metadata: Readonly<Record<string, unknown>> = {}): Message {
  const correlationId = asText(metadata.correlationId);
  const sequenceNumber = asText(metadata.sequenceNumber);
  const enqueuedTime = asUtc(asText(metadata.enqueuedTimeUtc));
  return {
    ...readRequestBody(asBytes(body)),
    messageId: asText(metadata.messageId),
    sessionId: asText(metadata.sessionId),
    deliveryCount: Number(metadata.deliveryCount) || 1,
    ...(sequenceNumber && { sequenceNumber }),
    ...(correlationId && { correlationId }),
    ...(!Number.isNaN(enqueuedTime.getTime()) && { enqueuedTime }),
  };
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
