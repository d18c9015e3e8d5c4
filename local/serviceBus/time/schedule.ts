import type { Clock } from './clock.ts';
import { Heap } from './heap.ts';

/** Something that will happen at a time, unless it is cancelled before. */
export type Alarm = { cancel(): void };

/**
 * Everything that is due at some time. It has one timer, for whatever comes next: tens of thousands of locks then
 * cost tens of thousands of heap entries, not timers, and closing is clearing one timer.
 */
export type Schedule = {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Runs `run` once `due` (milliseconds since the epoch) is reached. */
  at(due: number, run: () => void): Alarm;
  /** Forgets everything that was due. */
  close(): void;
};

type Entry = { readonly due: number; run: (() => void) | undefined };

/** The longest delay that `setTimeout` takes; the schedule waits in steps for anything further away. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;
/** Cancelled entries stay in the heap until there are so many and more than those that count. */
const CANCELLED_ALLOWED = 1024;

export function createSchedule(clock: Clock): Schedule {
  const entries = new Heap<Entry>((entry) => entry.due);
  let cancelled = 0;
  let stopTimer = () => {};
  let timerDue = Number.POSITIVE_INFINITY;
  let closed = false;

  function cancel(entry: Entry): void {
    if (entry.run === undefined) return;
    entry.run = undefined;
    cancelled += 1;
    if (cancelled > CANCELLED_ALLOWED && cancelled > entries.size / 2) {
      entries.keep((kept) => kept.run !== undefined);
      cancelled = 0;
    }
  }

  function setTimer(): void {
    stopTimer();
    const next = entries.peek();
    timerDue = next?.due ?? Number.POSITIVE_INFINITY;
    if (next === undefined || closed) return;
    const delayMs = Math.min(Math.max(next.due - clock.now(), 0), LONGEST_DELAY_MS);
    stopTimer = clock.setTimer(runDue, delayMs);
  }

  function runDue(): void {
    const now = clock.now();
    for (let next = entries.peek(); next !== undefined && next.due <= now; next = entries.peek()) {
      entries.pop();
      const { run } = next;
      if (run === undefined) {
        cancelled = Math.max(0, cancelled - 1);
        continue;
      }
      next.run = undefined;
      run();
    }
    setTimer();
  }

  return {
    now: clock.now,
    at(due, run) {
      const entry: Entry = { due, run };
      entries.push(entry);
      if (due < timerDue) setTimer();
      return { cancel: () => cancel(entry) };
    },
    close() {
      closed = true;
      stopTimer();
      entries.keep(() => false);
    },
  };
}
