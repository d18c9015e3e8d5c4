import type { UnfinishedDelivery } from '../apply/deliveryReport.ts';

/** Thrown so that the host abandons the message and the broker delivers it again. */
export class RedeliveryError extends Error {
  override readonly name = 'RedeliveryError';

  constructor({ error, attempts, message }: UnfinishedDelivery) {
    super(
      `Not applied in delivery ${message.deliveryCount} (attempts: ${attempts}); to be delivered again. ${error.message}`,
    );
  }
}
