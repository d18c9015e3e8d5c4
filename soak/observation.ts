/** A request as it was posted. */
export type Posted = {
  readonly messageId: string;
  readonly externalPartnerId: string;
  /** Absent if the body is not a valid request. */
  readonly enableConnection?: boolean;
  /** Milliseconds since the epoch. */
  readonly validUntil?: number;
  /** Of a window: when it ends, likewise. */
  readonly until?: number;
  /** Of an end, which the app posts: the message id of its window. */
  readonly endOf?: string;
};

/** What the stand-ins saw, in the order in which they saw it. */
export type Observation =
  | { readonly type: 'enqueued' | 'deadLettered'; readonly at: number; readonly messageId: string }
  | {
      readonly type: 'delivered';
      readonly at: number;
      readonly messageId: string;
      readonly sessionId: string;
    }
  | {
      readonly type: 'applied';
      readonly at: number;
      readonly externalPartnerId: string;
      readonly enableConnection: boolean;
    }
  | { readonly type: 'result'; readonly at: number; readonly messageId: string; readonly outcome: string }
  | { readonly type: 'killed'; readonly at: number };
