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

export function rejected(code: string, message: string): Outcome {
  return { outcome: 'rejected', error: { code, message } };
}

/** The same with more to say about its error. */
export function withAdvice<Refused extends { readonly error: ResultError }>(
  refused: Refused,
  advice: string,
): Refused {
  const { error } = refused;
  return { ...refused, error: { ...error, message: `${error.message} ${advice}` } };
}
