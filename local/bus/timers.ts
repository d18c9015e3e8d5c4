/** Timers that can all be stopped at once. */
export class Timers {
  readonly #pending = new Set<NodeJS.Timeout>();

  /** Runs `then` in `ms` milliseconds unless the returned function was called before. */
  after(ms: number, then: () => void): () => void {
    const timer = setTimeout(
      () => {
        this.#pending.delete(timer);
        then();
      },
      Math.min(Math.max(0, ms), 2 ** 31 - 1),
    );
    this.#pending.add(timer);
    return () => {
      clearTimeout(timer);
      this.#pending.delete(timer);
    };
  }

  stop(): void {
    for (const timer of this.#pending) clearTimeout(timer);
    this.#pending.clear();
  }
}
