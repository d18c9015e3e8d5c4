import { LONGEST_TEXT, sanitize, shorten } from '../kit/sanitize.ts';
import type { ExternalPartner, ResultError, ResultReason } from './resultSchema.ts';

/**
 * What can become of a request.
 *
 * - `applied`: Graph shows the partner with the `enableConnection` that was asked for.
 * - `unchanged`: valid, and nothing was changed on purpose.
 * - `rejected`: the request can never work: invalid, expired, not allowed, or refused by Graph (400, 404, other 4xx).
 * - `failed`: our or Graph's fault, not the requester's: a missing permission, or a fault that outlasted every retry.
 */
export type Outcome =
  | { readonly outcome: 'applied'; readonly partner: ExternalPartner }
  | { readonly outcome: 'unchanged'; readonly reason: ResultReason; readonly partner?: ExternalPartner }
  | { readonly outcome: 'rejected' | 'failed'; readonly error: ResultError };

/** No outcome yet, and deliveries are left: the broker is to deliver the message again. */
export type Redelivery = { readonly outcome: 'redelivery'; readonly error: ResultError };

/** @param message may quote what a sender wrote; what looks like a credential in it is removed */
export function rejected(code: string, message: string): Outcome {
  return { outcome: 'rejected', error: { code, message: sanitize(message) } };
}

/** The same with more to say about its error, which gives way if both together are too long. */
export function withAdvice<Refused extends { readonly error: ResultError }>(
  refused: Refused,
  advice: string,
): Refused {
  const { error } = refused;
  const message = shorten(error.message, Math.max(0, LONGEST_TEXT - advice.length - 2));
  return { ...refused, error: { ...error, message: sanitize(`${message} ${advice}`) } };
}
