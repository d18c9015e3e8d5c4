import type { Outcome, Redelivery } from '../contract/outcome.ts';
import type { GraphCall } from '../graph/graphClient.ts';
import type { Message } from '../receive/message.ts';

/** How one delivery of a message ended. */
export type DeliveryReport = CompletedDelivery | UnfinishedDelivery;

/** A delivery with an outcome. If the outcome is a repeated one, times and attempts are those that led to it. */
export type CompletedDelivery = Outcome & Delivery;

/** A delivery without an outcome: the broker is to deliver the message again. */
export type UnfinishedDelivery = Redelivery & Delivery;

type Delivery = {
  readonly message: Message;
  /** Every call to Graph in this delivery, in order. */
  readonly calls: readonly GraphCall[];
  /** Attempts, those that got no token included. */
  readonly attempts: number;
  /** The `client-request-id` of every call to Graph, which its audit events carry. */
  readonly clientRequestId: string;
  /** When the delivery began and ended, in milliseconds since the epoch. */
  readonly startedAt: number;
  readonly completedAt: number;
  /** After a change without an end: resolves once the partner has no windows any more, or to why it still has. */
  readonly windowsClosed?: Promise<{ readonly problem?: string }>;
};
