import type { Outcome, Redelivery } from '../contract/outcome.ts';
import type { ConnectionRequest } from '../contract/requestSchema.ts';
import type { EndMessage, Windows } from '../windows/windows.ts';
import type { Attempts } from './attempts.ts';
import type { Decide } from './delivery.ts';

/** A request that ends a window. */
export type EndRequest = ConnectionRequest & { readonly endOf: string };

/**
 * Ends a window: disables the partner, unless another window keeps it enabled or a later request has decided.
 *
 * @param isAllowed whether the partner is among those that this app may change
 */
export function createApplyEnd({
  attempts,
  windows,
  isAllowed,
}: {
  attempts: Attempts;
  windows: Windows;
  isAllowed: (externalPartnerId: string) => boolean;
}): Decide<EndRequest> {
  return async (delivery, request, limits) => {
    const end: EndMessage = { ...delivery.message, request };
    const patch = () => attempts.patch(delivery, request, limits);

    const outcome = await attempts.untilDone(delivery, request, limits, async () => {
      const reason = await windows.endWithoutDisabling(end);
      return reason ? { done: { outcome: 'unchanged', reason } } : patch();
    });
    const isBlind = outcome.outcome === 'failed' && outcome.error.code === 'noStorage';
    if (isBlind && isAllowed(request.externalPartnerId.toLowerCase())) {
      // Nobody can tell any more whether a window is open, so the partner is disabled.
      return closed(await attempts.once(delivery, request, patch));
    }
    return closed(outcome);

    async function closed(result: Outcome | Redelivery): Promise<Outcome | Redelivery> {
      const isOver = result.outcome === 'applied' || isGone(result);
      // A window that is overdue keeps nothing open.
      if (isOver) await windows.close(end).catch(() => {});
      return result;
    }
  };
}

/** Whether Graph does not know the partner any more. */
export function isGone(result: Outcome | Redelivery): boolean {
  return result.outcome === 'rejected' && result.error.statusCode === 404;
}
