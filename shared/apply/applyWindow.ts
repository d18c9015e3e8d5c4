import { rejected, withAdvice } from '../contract/outcome.ts';
import type { ConnectionRequest } from '../contract/requestSchema.ts';
import { endOfWindow, MOST_WINDOWS, type Windows } from '../windows/windows.ts';
import type { Afterwards } from './afterwards.ts';
import type { Attempts } from './attempts.ts';
import { type Decide, hasUnclearCall } from './delivery.ts';

/** A request that opens a window. */
export type WindowRequest = ConnectionRequest & { readonly until: string };

/**
 * Opens a window: its end goes to the queue and the window into storage before the PATCH leaves, so that nothing
 * stays enabled without an end. A delivery that certainly applied nothing leaves nothing behind, so that the end of
 * what never began disables nobody.
 */
export function createApplyWindow({
  attempts,
  afterwards,
  windows,
}: {
  attempts: Attempts;
  afterwards: Afterwards;
  windows: Windows;
}): Decide<WindowRequest> {
  return async (delivery, request, limits) => {
    const opening = windows.opening({ ...delivery.message, request });
    let isOpen = false;

    const outcome = await attempts.untilDone(delivery, request, limits, async () => {
      if (!isOpen) {
        if (await opening.isFull()) {
          const problem = `This partner has ${MOST_WINDOWS} open windows, the most there may be; send it again once one has ended.`;
          return { done: rejected('tooManyWindows', problem) };
        }
        if (!request.validateOnly) await opening.open();
        isOpen = true;
      }
      return attempts.patchOrRead(delivery, request, limits);
    });

    if (!('error' in outcome) || request.validateOnly) return outcome;
    const wasOpen = opening.wasOpen() ?? delivery.message.deliveryCount > 1;
    const { problem } =
      wasOpen || hasUnclearCall(delivery)
        ? { problem: 'It may have been applied all the same.' }
        : await afterwards(delivery, opening.takeBack, limits);
    if (problem === undefined || outcome.outcome === 'redelivery') return outcome;
    return withAdvice(
      outcome,
      `${problem} Its window, if it is open, ends at ${endOfWindow(request.until)}.`,
    );
  };
}
