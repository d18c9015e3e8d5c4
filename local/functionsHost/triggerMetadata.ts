import type { ServiceBusReceivedMessage } from '@azure/service-bus';

/** The last instant .NET knows; the extension gives it as the expiry of what never expires. */
const END_OF_TIME = '9999-12-31T23:59:59.9999999';

/**
 * Names and values of a message as the Service Bus extension gives them to a function ("Azure Service Bus trigger
 * for Azure Functions", "Message metadata"). The objects for settling are left out: Node functions cannot use them.
 */
export function triggerMetadata(message: ServiceBusReceivedMessage): Record<string, unknown> {
  const { applicationProperties = {}, subject, expiresAtUtc, enqueuedTimeUtc } = message;
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
    EnqueuedSequenceNumber: message.enqueuedSequenceNumber,
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

function asText(id: unknown): string | undefined {
  if (id === undefined || id === null) return undefined;
  return Buffer.isBuffer(id) ? id.toString('hex') : String(id);
}
