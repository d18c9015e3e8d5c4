import { type Clock, systemClock } from '../../../local/serviceBus/time/clock.ts';

/** A clock that a test may move forward. */
export type AdjustableClock = Clock & {
  /** Moves the time forward; whatever is due by then happens before this returns. */
  advance(milliseconds: number): void;
};

type Timer = { readonly due: number; readonly fire: () => void };

/** A clock that stands still but for the test. */
export const stoppedClock: Clock = {
  now: () => Date.parse('2030-01-31T12:00:00Z'),
  setTimer: () => () => {},
};

/** @param base how time passes on its own. Default: as on the machine */
export function createAdjustableClock(base: Clock = systemClock): AdjustableClock {
  const timers = new Set<Timer>();
  let aheadMs = 0;

  const now = () => base.now() + aheadMs;

  return {
    now,
    setTimer(run, delayMs) {
      const stop = () => {
        timers.delete(timer);
        stopReal();
      };
      const timer: Timer = {
        due: now() + delayMs,
        fire: () => {
          stop();
          run();
        },
      };
      const stopReal = base.setTimer(timer.fire, delayMs);
      timers.add(timer);
      return stop;
    },
    advance(milliseconds) {
      aheadMs += milliseconds;
      for (const timer of [...timers]) {
        if (timers.has(timer) && timer.due <= now()) timer.fire();
      }
    },
  };
}
