import rhea from 'rhea';
import type { MessageContent } from '../messages/messageContent.ts';
import type { PropertyValue } from './amqpValue.ts';
import { encode, mapEntry, typed, writeMap } from './amqpValue.ts';
import { describedBy, section } from './messageSections.ts';
import { readMessage, SCHEDULED_ENQUEUE_TIME_KEY } from './readMessage.ts';

const { types } = rhea;

/** A message for sending from inside the process. */
export type OutgoingMessage = {
  body: Buffer;
  messageId?: string | undefined;
  sessionId?: string | undefined;
  correlationId?: string | undefined;
  subject?: string | undefined;
  replyTo?: string | undefined;
  contentType?: string | undefined;
  timeToLiveMs?: number | undefined;
  scheduledEnqueueTime?: Date | undefined;
  applicationProperties?: Readonly<Record<string, PropertyValue>> | undefined;
};

/** Encodes a message that is sent from inside the process. */
export function contentOf(message: OutgoingMessage): MessageContent {
  const text = (value: string | undefined) => (value === undefined ? null : types.wrap_string(value));
  const symbol = (value: string | undefined) => (value === undefined ? null : types.wrap_symbol(value));
  const header = [
    null,
    null,
    message.timeToLiveMs === undefined ? null : types.wrap_uint(message.timeToLiveMs),
  ];
  const properties = [
    text(message.messageId),
    null,
    null,
    text(message.subject),
    text(message.replyTo),
    text(message.correlationId),
    symbol(message.contentType),
    null,
    null,
    null,
    text(message.sessionId),
  ];
  const sections = [describedBy(section.header, encode(types.wrap_list(header)))];
  if (message.scheduledEnqueueTime !== undefined) {
    const time = types.wrap_timestamp(message.scheduledEnqueueTime.getTime());
    sections.push(
      describedBy(
        section.messageAnnotations,
        writeMap([mapEntry(SCHEDULED_ENQUEUE_TIME_KEY, time, 'symbol')]),
      ),
    );
  }
  sections.push(describedBy(section.properties, encode(types.wrap_list(properties))));
  const applicationProperties = Object.entries(message.applicationProperties ?? {});
  if (applicationProperties.length > 0) {
    const entries = applicationProperties.map(([key, value]) => mapEntry(key, typed(value), 'string'));
    sections.push(describedBy(section.applicationProperties, writeMap(entries)));
  }
  sections.push(describedBy(section.data, encode(types.wrap_binary(message.body))));
  return readMessage(Buffer.concat(sections));
}
