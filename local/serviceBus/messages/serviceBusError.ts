/** Why the broker refuses something ("Service Bus messaging exceptions", "AMQP errors in Azure Service Bus"). */
export type ErrorReason =
  | 'argumentError'
  | 'entityDisabled'
  | 'entityNotFound'
  | 'internal'
  | 'malformed'
  | 'messageLockLost'
  | 'messageNotFound'
  | 'messageSizeExceeded'
  | 'notAllowed'
  | 'notSupported'
  | 'quotaExceeded'
  | 'sessionCannotBeLocked'
  | 'sessionLockLost'
  | 'timeout';

/** What the broker refuses, and why. The edges have words and codes of their own for each reason. */
export class ServiceBusError extends Error {
  override readonly name = 'ServiceBusError';
  readonly reason: ErrorReason;

  constructor(reason: ErrorReason, message: string) {
    super(message);
    this.reason = reason;
  }
}
