import type { ServiceBusReceivedMessage } from '@azure/service-bus';

/** The last instant .NET knows; the extension gives it as the expiry of what never expires. */
const END_OF_TIME = '9999-12-31T23:59:59.9999999';

/**
 * Names and values of a message as the Service Bus extension gives them to a function ("Azure Service Bus trigger
 * for Azure Functions", "Message metadata"). What the extension has for functions in .NET is left out, as Node
 * functions cannot use it: `MessageReceiver`, `MessageSession`, `MessageActions`, `SessionActions`, `ReceiveActions` and
 * `Client`.
 */
export function triggerMetadata(message: ServiceBusReceivedMessage): Record<string, unknown> {
  const { subject, expiresAtUtc, enqueuedTimeUtc } = message;
  const applicationProperties = propertiesOf(message);
  return {
    // AMQP counts the failed deliveries before this one; .NET counts this one too.
    DeliveryCount: (message.deliveryCount ?? 0) + 1,
    DeadLetterSource: message.deadLetterSource,
    LockToken: message.lockToken,
    ...times('ExpiresAt', expiresAtUtc),
    ...times('EnqueuedTime', enqueuedTimeUtc),
    MessageId: asText(message.messageId),
    ContentType: message.contentType,
    ReplyTo: message.replyTo,
    SequenceNumber: message.sequenceNumber?.toNumber(),
    To: message.to,
    Subject: subject,
    Label: subject,
    CorrelationId: asText(message.correlationId),
    ApplicationProperties: applicationProperties,
    UserProperties: applicationProperties,
    SessionId: message.sessionId,
    ReplyToSessionId: message.replyToSessionId,
    PartitionKey: message.partitionKey,
  };
}

/** Dates as .NET writes them in JSON: without the zeros at the end of a second. */
function propertiesOf({ applicationProperties = {} }: ServiceBusReceivedMessage): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(applicationProperties).map(([name, value]) => [
      name,
      value instanceof Date ? `${dotNetTime(value)}Z` : value,
    ]),
  );
}

/** The extension gives each time twice: as a DateTime without offset (the old name) and as a DateTimeOffset. */
function times(name: string, time: Date | undefined): Record<string, string> {
  if (!time) return {};
  const text = dotNetTime(time);
  return { [`${name}Utc`]: text, [name]: `${text}+00:00` };
}

/** .NET writes only the digits of a second that there are. */
function dotNetTime(time: Date): string {
  if (Number.isNaN(time.getTime()) || time.getUTCFullYear() > 9999) return END_OF_TIME;
  return time.toISOString().replace(/\.?0*Z$/, '');
}

/** An id of 16 bytes is an AMQP uuid, which .NET prints in groups. */
function asText(id: unknown): string | undefined {
  if (id === undefined || id === null) return undefined;
  if (!Buffer.isBuffer(id)) return String(id);
  const hex = id.toString('hex');
  return hex.length === 32 ? hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-') : hex;
}
