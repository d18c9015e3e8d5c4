import type { Outcome, Redelivery } from '../contract/outcome.ts';
import type { GraphCall } from '../graph/graphClient.ts';
import type { Message } from '../receive/message.ts';

/** A delivery of a message under way. */
export type Delivery = {
  readonly message: Message;
  /** The `client-request-id` of every call to Graph, which its audit events carry. */
  readonly clientRequestId: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** Every call to Graph so far, in order. */
  readonly calls: GraphCall[];
  /** Attempts so far, those that got no token included. */
  attempts: number;
};

/** What ends a delivery before its outcome. */
export type Limits = {
  /** Aborts once a newer delivery of the message has begun. */
  readonly signal: AbortSignal;
  /** What is left for waiting and trying, in milliseconds. */
  readonly budgetMs: number;
};

/** Brings a request to its outcome, as far as one delivery can. Throws the reason of the signal. */
export type Decide<Request> = (
  delivery: Delivery,
  request: Request,
  limits: Limits,
) => Promise<Outcome | Redelivery>;

/** Whether Graph may have applied a PATCH of this delivery or of an earlier one without a clear response to it. */
export function mayHaveBeenApplied(delivery: Delivery): boolean {
  return delivery.message.deliveryCount > 1 || hasUnclearCall(delivery);
}

/** Whether Graph may have applied a PATCH of this delivery without a clear response to it. */
export function hasUnclearCall({ calls }: Delivery): boolean {
  return calls.some(
    ({ method, statusCode = 0 }) =>
      method === 'PATCH' && (statusCode < 400 || statusCode === 408 || statusCode >= 500),
  );
}
