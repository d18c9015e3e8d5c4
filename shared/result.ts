import type { Result } from './applyRequest.ts';
import type { Answer } from './resultSchema.ts';

export type { Answer };

/** Thrown so that the host abandons the message and the broker delivers it again. */
export class RedeliveryError extends Error {
  override readonly name = 'RedeliveryError';
}

/**
 * The answer for the results queue.
 *
 * @throws {RedeliveryError} where the request is not settled yet
 */
export function answer(result: Result): Answer {
  const { message, attempts } = result;
  if (result.outcome === 'redelivery') {
    throw new RedeliveryError(
      `Not applied in delivery ${message.deliveryCount} (${attempts} attempts); to be delivered again. ${result.error.message}`,
    );
  }
  const reference = referenceOf(message.received);
  const about = {
    messageId: message.messageId,
    ...(reference !== undefined && { reference }),
    request: message.received,
    attempts,
    deliveryCount: message.deliveryCount,
    completedAt: new Date(result.completedAt).toISOString(),
  };
  return result.outcome === 'applied'
    ? { outcome: 'applied', ...about, partner: result.partner }
    : { outcome: result.outcome, ...about, error: result.error };
}

/** Also an invalid request is answered under the requester's own key, where it has one. */
function referenceOf(received: unknown): string | undefined {
  const { reference } = Object(received) as { reference?: unknown };
  return typeof reference === 'string' ? reference : undefined;
}
