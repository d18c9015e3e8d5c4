import rhea from 'rhea';
import type { MessageLock } from '../messages/messageLocks.ts';
import type { QueueMessage } from '../messages/queueMessage.ts';
import { encode, mapEntry, mergeMaps } from './amqpValue.ts';
import { changedProperties } from './changedProperties.ts';
import { encodeParts, partsOf } from './messageParts.ts';

const { types } = rhea;
/** The states that AMQP tells; one that was scheduled keeps saying so. */
const ACTIVE_STATE = 0;
const SCHEDULED_STATE = 2;
/** Where fields are in the properties ("AMQP 1.0", part 3.2.4). */
const ABSOLUTE_EXPIRY_TIME = 8;
const CREATION_TIME = 9;
const encodedNull = encode(types.wrap(null));
const encodedFalse = encode(types.wrap_boolean(false));

/**
 * Encodes a message for a receiver: as it was sent, with the broker's header and annotations ("AMQP 1.0 protocol guide").
 *
 * @param lock undefined if the receiver holds none
 */
export function writeMessage(message: QueueMessage, lock: MessageLock | undefined): Buffer {
  const sent = partsOf(message.content.encoded);
  return encodeParts({
    ...sent,
    properties: propertiesOf(message, sent.properties),
    header: headerOf(message, sent.header),
    annotations: mergeMaps(sent.annotations, annotationsOf(message, lock)),
    applicationProperties: changedProperties(sent.applicationProperties, message.changes),
  });
}

/** As it was sent, but for what the broker counts. */
function headerOf({ deliveryCount, timeToLiveMs }: QueueMessage, sent: readonly Buffer[]): Buffer[] {
  const [durable = encodedFalse, priority = encodedNull, , firstAcquirer = encodedNull] = sent;
  const timeToLive =
    timeToLiveMs === undefined ? encodedNull : encode(types.wrap_uint(Math.min(timeToLiveMs, 0xffff_ffff)));
  return [durable, priority, timeToLive, firstAcquirer, encode(types.wrap_uint(deliveryCount))];
}

/** As they were sent; when a message with a time to live began and ends, the broker says. */
function propertiesOf({ enqueuedAt, expiresAt }: QueueMessage, sent: readonly Buffer[]): Buffer[] {
  const properties = [...sent];
  while (properties.length <= CREATION_TIME) properties.push(encodedNull);
  properties[ABSOLUTE_EXPIRY_TIME] = encodedNull;
  if (expiresAt !== undefined) {
    properties[ABSOLUTE_EXPIRY_TIME] = encode(types.wrap_timestamp(expiresAt));
    properties[CREATION_TIME] = encode(types.wrap_timestamp(enqueuedAt));
  }
  return properties;
}

function annotationsOf(message: QueueMessage, lock: MessageLock | undefined) {
  const annotations = {
    'x-opt-enqueued-time': types.wrap_timestamp(message.enqueuedAt),
    'x-opt-sequence-number': types.wrap_long(message.sequenceNumber),
    'x-opt-enqueue-sequence-number': types.wrap_long(message.enqueuedSequenceNumber),
    'x-opt-message-state': types.wrap_int(message.wasScheduled ? SCHEDULED_STATE : ACTIVE_STATE),
    ...(lock && { 'x-opt-locked-until': types.wrap_timestamp(lock.lockedUntil) }),
    ...(message.deadLetterSource !== undefined && {
      'x-opt-deadletter-source': types.wrap_string(message.deadLetterSource),
    }),
  };
  return Object.entries(annotations).map(([key, value]) => mapEntry(key, value, 'symbol'));
}
