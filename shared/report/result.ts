import type { CompletedDelivery } from '../apply/applyRequest.ts';
import type { Result } from '../contract/resultSchema.ts';

export type { Result };

/** The result for the results topic. */
export function toResult(report: CompletedDelivery): Result {
  const { message, attempts } = report;
  const reference = referenceOf(message.received);
  const common = {
    messageId: message.messageId,
    ...(message.correlationId !== undefined && { correlationId: message.correlationId }),
    ...(reference !== undefined && { reference }),
    request: message.received,
    attempts,
    deliveryCount: message.deliveryCount,
    completedAt: new Date(report.completedAt).toISOString(),
  };
  return report.outcome === 'applied'
    ? { outcome: 'applied', ...common, partner: report.partner }
    : { outcome: report.outcome, ...common, error: report.error };
}

/** An invalid request comes back under the requester's own key as well, if it has one. */
function referenceOf(received: unknown): string | undefined {
  const { reference } = Object(received) as { reference?: unknown };
  return typeof reference === 'string' ? reference : undefined;
}
