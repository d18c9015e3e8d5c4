import { rejected } from '../contract/outcome.ts';
import type { ConnectionRequest } from '../contract/requestSchema.ts';
import { MOST_WINDOWS, type Windows } from '../windows/windows.ts';
import type { Attempts } from './attempts.ts';
import { type Decide, mayHaveBeenApplied } from './delivery.ts';

/** A request that opens a window. */
export type WindowRequest = ConnectionRequest & { readonly until: string };

/**
 * Opens a window: its end goes to the queue and the window into storage before the PATCH leaves, so that nothing
 * stays enabled without an end.
 */
export function createApplyWindow({
  attempts,
  windows,
}: {
  attempts: Attempts;
  windows: Windows;
}): Decide<WindowRequest> {
  return async (delivery, request, limits) => {
    const { message } = delivery;
    let opened: { readonly takeBack: () => Promise<void> } | undefined;

    const outcome = await attempts.untilDone(delivery, request, limits, async () => {
      if (!opened) {
        const result = await windows.open({ ...message, request });
        if (result === 'tooMany') {
          const problem = `This partner has ${MOST_WINDOWS} open windows, the most there may be; send it again once one has ended.`;
          return { done: rejected('tooManyWindows', problem) };
        }
        opened = result;
      }
      return attempts.patch(delivery, request, limits);
    });

    const isRefused = outcome.outcome === 'rejected' || outcome.outcome === 'failed';
    // If it may have been applied, the end has to come.
    if (opened && isRefused && !mayHaveBeenApplied(delivery)) await opened.takeBack().catch(() => {});
    return outcome;
  };
}
