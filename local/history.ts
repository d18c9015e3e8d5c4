/** What a stand-in saw, in order, for tests to check and for people to watch. */
export type History<Entry> = {
  /** The kept entries, oldest first. */
  readonly entries: readonly Entry[];
  add(entry: Entry): void;
  /** Calls the listener for every entry from now on; returns a function that ends this. */
  listen(listener: (entry: Entry) => void): () => void;
};

/**
 * A history that keeps at least the last `keep` entries and at most twice as many: it forgets half at a time,
 * because taking the first element off a long array for every entry is slow. 0 keeps none, Infinity keeps all.
 */
export function createHistory<Entry>(keep: number): History<Entry> {
  const entries: Entry[] = [];
  const listeners = new Set<(entry: Entry) => void>();
  return {
    entries,
    add(entry) {
      if (keep > 0) entries.push(entry);
      if (entries.length > 2 * keep) entries.splice(0, entries.length - keep);
      for (const listener of listeners) listener(entry);
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
