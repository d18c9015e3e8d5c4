/** An AMQP error condition with the meaning that Service Bus gives it ("AMQP errors in Azure Service Bus"). */
export type ErrorCondition =
  | 'amqp:decode-error'
  | 'amqp:internal-error'
  | 'amqp:link:message-size-exceeded'
  | 'amqp:not-allowed'
  | 'amqp:not-found'
  | 'amqp:not-implemented'
  | 'amqp:resource-limit-exceeded'
  | 'com.microsoft:argument-error'
  | 'com.microsoft:entity-disabled'
  | 'com.microsoft:message-lock-lost'
  | 'com.microsoft:message-not-found'
  | 'com.microsoft:session-cannot-be-locked'
  | 'com.microsoft:session-lock-lost'
  | 'com.microsoft:timeout';

/** What the broker refuses, and why; at the AMQP edge it becomes an AMQP error or a status code. */
export class ServiceBusError extends Error {
  override readonly name = 'ServiceBusError';
  readonly condition: ErrorCondition;

  constructor(condition: ErrorCondition, message: string) {
    super(message);
    this.condition = condition;
  }
}
