/** A message as its sender sent it: what queues and topics look at, and the whole of it, which only the edges read. */
export type MessageContent = {
  readonly messageId: string | undefined;
  readonly sessionId: string | undefined;
  readonly timeToLiveMs: number | undefined;
  /** Milliseconds since the epoch. */
  readonly scheduledEnqueueTime: number | undefined;
  /** Undefined if the body is something else than bytes. */
  readonly body: Buffer | undefined;
  /** Bytes on the wire, as sent. */
  readonly size: number;
  readonly encoded: Buffer;
};
