/** Where the broker's time comes from. */
export type Clock = {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Runs something once, after `delayMs` of this clock's time; returns a function that prevents it. */
  setTimer(run: () => void, delayMs: number): () => void;
};

/** The time of the machine. */
export const systemClock: Clock = {
  now: Date.now,
  setTimer(run, delayMs) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
