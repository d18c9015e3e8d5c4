import type { DeliveryReport } from './applyRequest.ts';
import type { Result } from './resultSchema.ts';

export type { Result };

/** Thrown so that the host abandons the message and the broker delivers it again. */
export class RedeliveryError extends Error {
  override readonly name = 'RedeliveryError';
}

/**
 * The answer for the results queue.
 *
 * @throws {RedeliveryError} where the request is not settled yet
 */
export function toResult(report: DeliveryReport): Result {
  const { message, attempts } = report;
  if (report.outcome === 'redelivery') {
    throw new RedeliveryError(
      `Not applied in delivery ${message.deliveryCount} (${attempts} attempts); to be delivered again. ${report.error.message}`,
    );
  }
  const reference = referenceOf(message.received);
  const about = {
    messageId: message.messageId,
    ...(reference !== undefined && { reference }),
    request: message.received,
    attempts,
    deliveryCount: message.deliveryCount,
    completedAt: new Date(report.completedAt).toISOString(),
  };
  return report.outcome === 'applied'
    ? { outcome: 'applied', ...about, partner: report.partner }
    : { outcome: report.outcome, ...about, error: report.error };
}

/** Also an invalid request is answered under the requester's own key, where it has one. */
function referenceOf(received: unknown): string | undefined {
  const { reference } = Object(received) as { reference?: unknown };
  return typeof reference === 'string' ? reference : undefined;
}
