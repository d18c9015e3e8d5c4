import { type ErrorReason, ServiceBusError } from '../messages/serviceBusError.ts';

/** What AMQP clients see of an error: a condition on links and deliveries, a status code in a response. */
const errors: Readonly<Record<ErrorReason, readonly [condition: string, statusCode: number]>> = {
  argumentError: ['com.microsoft:argument-error', 400],
  entityDisabled: ['com.microsoft:entity-disabled', 403],
  entityNotFound: ['amqp:not-found', 404],
  internal: ['amqp:internal-error', 500],
  malformed: ['amqp:decode-error', 400],
  messageLockLost: ['com.microsoft:message-lock-lost', 410],
  messageNotFound: ['com.microsoft:message-not-found', 404],
  messageSizeExceeded: ['amqp:link:message-size-exceeded', 403],
  notAllowed: ['amqp:not-allowed', 400],
  notSupported: ['amqp:not-implemented', 501],
  quotaExceeded: ['amqp:resource-limit-exceeded', 403],
  sessionCannotBeLocked: ['com.microsoft:session-cannot-be-locked', 410],
  sessionLockLost: ['com.microsoft:session-lock-lost', 410],
  timeout: ['com.microsoft:timeout', 408],
};

/** An error as AMQP has it ("AMQP 1.0", part 2.8.14). */
export type AmqpError = { readonly condition: string; readonly description: string };

/** A message that a receiver wants to defer is abandoned instead, so that its deliveries come to an end. */
export function cannotDefer(): ServiceBusError {
  return new ServiceBusError(
    'notSupported',
    'The local Service Bus does not defer messages: it abandons them.',
  );
}

export function amqpErrorOf(error: unknown): AmqpError & { readonly statusCode: number } {
  const { reason, message } =
    error instanceof ServiceBusError ? error : new ServiceBusError('internal', String(error));
  const [condition, statusCode] = errors[reason];
  return { condition, description: message, statusCode };
}
