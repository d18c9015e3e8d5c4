/** Properties that an installation may require. */
export const requirableProperties = ['requestedBy', 'reference', 'reason', 'until'] as const;

/** What an installation asks of requests, beside that they are valid. */
export type Policy = {
  /** `until` is required of enables only. */
  readonly requiredProperties: readonly (typeof requirableProperties)[number][];
  /** Has to match the whole of `reference`. */
  readonly referencePattern?: RegExp | undefined;
  /** How far ahead the end of an enable may be, in hours. */
  readonly longestWindowHours?: number | undefined;
  /** Nothing is enabled. */
  readonly isFrozen: boolean;
};
