import { Heap } from './heap.ts';

/** Something that will happen at a time, unless it is cancelled before. */
export type Alarm = { cancel(): void };

type Entry = { readonly due: number; run: (() => void) | undefined };

/** The longest delay that `setTimeout` takes; anything further away is waited for in steps. */
const longestDelay = 2 ** 31 - 1;

/**
 * Everything that is due at some time, with one timer for whatever comes next: tens of thousands of locks
 * then cost tens of thousands of heap entries, not timers, and closing is clearing one timer.
 */
export class Schedule {
  readonly now: () => number;
  readonly #entries = new Heap<Entry>((entry) => entry.due);
  #cancelled = 0;
  #timer: NodeJS.Timeout | undefined;
  #armedFor = Number.POSITIVE_INFINITY;
  #closed = false;

  constructor(now: () => number = Date.now) {
    this.now = now;
  }

  /** Runs `run` once `due` (milliseconds since the epoch) is reached. */
  at(due: number, run: () => void): Alarm {
    const entry: Entry = { due, run };
    this.#entries.push(entry);
    if (due < this.#armedFor) this.#arm();
    return { cancel: () => this.#cancel(entry) };
  }

  /** Forgets everything that was due. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#entries.keep(() => false);
  }

  #cancel(entry: Entry): void {
    if (entry.run === undefined) return;
    entry.run = undefined;
    this.#cancelled += 1;
    if (this.#cancelled > 1024 && this.#cancelled > this.#entries.size / 2) {
      this.#entries.keep((kept) => kept.run !== undefined);
      this.#cancelled = 0;
    }
  }

  #arm(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const next = this.#entries.peek();
    this.#armedFor = next?.due ?? Number.POSITIVE_INFINITY;
    if (next === undefined || this.#closed) return;
    const delay = Math.min(Math.max(next.due - this.now(), 0), longestDelay);
    this.#timer = setTimeout(() => this.#ring(), delay);
  }

  #ring(): void {
    const now = this.now();
    for (
      let next = this.#entries.peek();
      next !== undefined && next.due <= now;
      next = this.#entries.peek()
    ) {
      this.#entries.pop();
      const { run } = next;
      if (run === undefined) {
        this.#cancelled = Math.max(0, this.#cancelled - 1);
        continue;
      }
      next.run = undefined;
      run();
    }
    this.#arm();
  }
}
