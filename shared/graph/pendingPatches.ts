import { withTimeout } from '../kit/withTimeout.ts';

/** How long a PATCH that does not get away can hold up what waits for it, in milliseconds. */
const LONGEST_WAIT_MS = 1_000;

/** The attempts in hand whose PATCH is not on the wire yet. */
export type PendingPatches = {
  /** Counts an attempt; returns what is to be called once its PATCH is on the wire, or will never be. */
  add(): () => void;
  /** Resolves as soon as no PATCH is pending, after 1 s at the latest. */
  none(): Promise<void>;
};

/**
 * Lets work that blocks the process find a time when it delays no PATCH.
 *
 * @param onNone called whenever the last pending PATCH is on the wire
 */
export function createPendingPatches(onNone: () => void = () => {}): PendingPatches {
  const pending = new Set<object>();
  let waiting: (() => void)[] = [];

  return {
    add() {
      const patch = {};
      pending.add(patch);
      return () => {
        if (!pending.delete(patch) || pending.size > 0) return;
        for (const resolve of waiting) resolve();
        waiting = [];
        onNone();
      };
    },

    async none() {
      if (pending.size === 0) return;
      const none = new Promise<void>((resolve) => waiting.push(resolve));
      await withTimeout(none, LONGEST_WAIT_MS, 'a PATCH is still pending').catch(() => {});
    },
  };
}
