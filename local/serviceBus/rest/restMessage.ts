import { guidOf, type PropertyValue } from '../encoding/amqpValue.ts';
import { encodedBodyOf, type MessageFields, messageFieldsOf } from '../encoding/messageFields.ts';
import type { OutgoingMessage } from '../encoding/outgoingMessage.ts';
import type { MessageLock } from '../messages/messageLocks.ts';
import type { QueueMessage } from '../messages/queueMessage.ts';
import { ServiceBusError } from '../messages/serviceBusError.ts';

/** A message as it travels over HTTP: headers and a body. */
export type RestMessage = { readonly headers: Readonly<Record<string, string>>; readonly body: Buffer };

type HeaderPair = readonly [name: string, value: string];

/** Headers that say something about the HTTP request; every other one is an application property. */
const requestHeaders =
  /^(accept(-.*)?|authorization|brokerproperties|cache-control|connection|content-.*|cookie|date|expect|host|keep-alive|origin|pragma|proxy-.*|referer|sec-.*|te|trailer|transfer-encoding|upgrade|user-agent|via|x-ms-retrypolicy)$/i;

const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$/i;
const rfc1123Time = /^[a-z]{3}, \d\d [a-z]{3} \d{4} \d\d:\d\d:\d\d GMT$/i;

/**
 * Reads a message that was posted ("Send Message", "Message headers and properties").
 *
 * @param rawHeaders names and values in turn, in the case in which they were sent
 * @throws ServiceBusError if BrokerProperties are malformed
 */
export function readRestMessage(rawHeaders: readonly string[], body: Buffer): OutgoingMessage {
  const headers = pairsOf(rawHeaders);
  const headerOf = (wanted: string) => headers.find(([name]) => name.toLowerCase() === wanted)?.[1];
  const properties = readBrokerProperties(headerOf('brokerproperties') ?? '{}');
  const custom = headers.filter(([name]) => !requestHeaders.test(name));
  return {
    body,
    contentType: headerOf('content-type'),
    ...properties,
    applicationProperties: Object.fromEntries(custom.map(([name, value]) => [name, propertyOf(value)])),
  };
}

function pairsOf(rawHeaders: readonly string[]): HeaderPair[] {
  return rawHeaders.flatMap((name, index) => (index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? '']] : []));
}

/** Those properties that this broker keeps; the service ignores ones that it does not know. */
function readBrokerProperties(text: string) {
  const properties = parseObject(text);
  const textOf = (name: string): string | undefined => {
    const value = properties[name];
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'string') return value;
    throw malformed(`${name} is not a text`);
  };
  return {
    messageId: textOf('MessageId'),
    sessionId: textOf('SessionId'),
    correlationId: textOf('CorrelationId'),
    subject: textOf('Label'),
    replyTo: textOf('ReplyTo'),
    timeToLiveMs: timeToLiveOf(properties.TimeToLive),
    scheduledEnqueueTime: timeOf(textOf('ScheduledEnqueueTimeUtc')),
  };
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Said below, like everything else that is not an object.
  }
  throw malformed('it is not a JSON object');
}

function timeToLiveOf(seconds: unknown): number | undefined {
  if (seconds === undefined || seconds === null) return undefined;
  if (typeof seconds === 'number' && seconds > 0) return seconds * 1000;
  throw malformed('TimeToLive is not a number of seconds');
}

/** A time without an offset is in UTC. */
function timeOf(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const iso = isoTime.exec(text.trim());
  const time = new Date(
    iso ? (iso[3] ? iso[0] : `${iso[0]}Z`) : rfc1123Time.test(text.trim()) ? text : Number.NaN,
  );
  if (Number.isNaN(time.getTime()))
    throw malformed('ScheduledEnqueueTimeUtc is not a time in ISO 8601 or RFC 1123');
  return time;
}

function malformed(why: string): ServiceBusError {
  return new ServiceBusError(
    'argumentError',
    `The value of the HTTP header 'BrokerProperties' is invalid: ${why}.`,
  );
}

/** Numbers and booleans are bare, texts are in quotation marks; a bare text is taken as well. */
function propertyOf(value: string): PropertyValue {
  try {
    const parsed: unknown = JSON.parse(value);
    if (typeof parsed === 'string' || typeof parsed === 'number' || typeof parsed === 'boolean')
      return parsed;
  } catch {
    // A bare text.
  }
  return value;
}

/** Writes a message for whoever receives it ("Peek-Lock Message", "Receive and Delete Message"). */
export function writeRestMessage(message: QueueMessage, lock: MessageLock | undefined): RestMessage {
  const { content } = message;
  const fields = messageFieldsOf(content, message.changes);
  const custom = Object.entries(fields.applicationProperties).filter(
    ([name]) => /^[\w!#$%&'*+.^`|~-]+$/.test(name) && !requestHeaders.test(name),
  );
  return {
    headers: {
      ...Object.fromEntries(custom.map(([name, value]) => [name, headerOf(value)])),
      ...(fields.contentType !== undefined && { 'Content-Type': ascii(fields.contentType) }),
      BrokerProperties: ascii(JSON.stringify(brokerPropertiesOf(message, lock, fields))),
    },
    body: fields.body ?? encodedBodyOf(content),
  };
}

function brokerPropertiesOf(
  message: QueueMessage,
  lock: MessageLock | undefined,
  { correlationId, subject, replyTo }: MessageFields,
) {
  return {
    CorrelationId: correlationId,
    // Over HTTP the service counts the delivery that is being made.
    DeliveryCount: message.deliveryCount + 1,
    EnqueuedSequenceNumber: message.enqueuedSequenceNumber,
    EnqueuedTimeUtc: new Date(message.enqueuedAt).toUTCString(),
    Label: subject,
    LockToken: lock && guidOf(lock.token),
    LockedUntilUtc: lock && new Date(lock.lockedUntil).toUTCString(),
    MessageId: message.content.messageId,
    ReplyTo: replyTo,
    SequenceNumber: message.sequenceNumber,
    SessionId: message.content.sessionId,
    State: 'Active',
    TimeToLive: message.timeToLiveMs && message.timeToLiveMs / 1000,
  };
}

function headerOf(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean')
    return String(value);
  return ascii(JSON.stringify(value instanceof Date ? value.toUTCString() : String(value)));
}

/** A header can hold no other characters. */
function ascii(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
