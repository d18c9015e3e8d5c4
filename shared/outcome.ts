/**
 * What can become of a request.
 *
 * - `applied`: Graph answered 200 with a partner whose `enableConnection` is what was asked.
 * - `rejected`: the request can never work: invalid, expired, not allowed, or refused by Graph (400, 404, other 4xx).
 * - `failed`: our or Graph's fault, not the requester's: a missing permission, or a fault that outlasted every retry.
 */
export type Outcome =
  | { readonly outcome: 'applied'; readonly partner: ExternalPartner }
  | { readonly outcome: 'rejected' | 'failed'; readonly error: OutcomeError };

/** Why a request was not applied, for a person to read and a program to switch on. */
export type OutcomeError = {
  /** One of this app's codes (`invalidRequest`, `expired`, …) or the `code` of Graph's error. */
  readonly code: string;
  /** What was wrong and what to do about it; safe to show on a ticket. */
  readonly message: string;
  /** The HTTP status of Graph's answer, where there was one. */
  readonly statusCode?: number;
};

/** The partner as Graph describes it ("cloudPcExternalPartner resource type"). */
export type ExternalPartner = {
  readonly id: string;
  readonly partnerId?: string;
  readonly enableConnection: boolean;
  /** ISO 8601, UTC. */
  readonly lastSyncDateTime?: string;
  /** `notAvailable`, `available`, `healthy`, `unhealthy`, or a value that Graph adds later. */
  readonly connectionStatus?: string;
  readonly statusDetails?: string;
};

export function rejected(code: string, message: string): Outcome {
  return { outcome: 'rejected', error: { code, message } };
}
