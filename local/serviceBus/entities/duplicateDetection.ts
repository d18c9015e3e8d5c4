/** Remembers message ids for a while ("Duplicate detection"): the window starts at the first send. */
export type DuplicateDetection = {
  /** Whether the id was seen within the window; if not, it is now. */
  isDuplicate(messageId: string, now: number): boolean;
};

/** @param windowMs 0 switches the detection off */
export function createDuplicateDetection(windowMs: number): DuplicateDetection {
  const seenAt = new Map<string, number>();
  return {
    isDuplicate(messageId, now) {
      if (windowMs === 0) return false;
      for (const [id, at] of seenAt) {
        if (at + windowMs > now) break;
        seenAt.delete(id);
      }
      if (seenAt.has(messageId)) return true;
      seenAt.set(messageId, now);
      return false;
    },
  };
}
