/** Remembers message ids for a while ("Duplicate detection"): the window starts at the first send. */
export class DuplicateDetection {
  readonly #windowMs: number;
  readonly #seenAt = new Map<string, number>();

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** Whether the id was seen within the window; if not, it is now. */
  isDuplicate(messageId: string, now: number): boolean {
    for (const [id, at] of this.#seenAt) {
      if (at + this.#windowMs > now) break;
      this.#seenAt.delete(id);
    }
    if (this.#seenAt.has(messageId)) return true;
    this.#seenAt.set(messageId, now);
    return false;
  }
}
