import { parseInstant } from '../contract/instant.ts';
import { type Outcome, rejected } from '../contract/outcome.ts';
import type { ConnectionRequest } from '../contract/requestSchema.ts';
import type { Message } from '../receive/message.ts';

/** A request that may be sent to Graph, or why it must not be. */
export type Eligibility = { readonly request: ConnectionRequest } | { readonly rejection: Outcome };

/**
 * Checks what a message asks for before anything is tried: its body, its session and the allow-list. Expiry is apart
 * ({@link timeLeft}), because it is checked again before every attempt.
 *
 * @param allowedExternalPartnerIds lower-case record ids; undefined: every partner is allowed
 */
export function checkEligibility(
  message: Message,
  allowedExternalPartnerIds: ReadonlySet<string> | undefined,
): Eligibility {
  const { request } = message;
  if (!request) return { rejection: rejected('invalidRequest', message.problem) };
  const externalPartnerId = request.externalPartnerId.toLowerCase();
  if (message.sessionId !== externalPartnerId) {
    const problem = `SessionId is not the externalPartnerId in lower case; send SessionId ${externalPartnerId}.`;
    return { rejection: rejected('sessionIdMismatch', problem) };
  }
  if (allowedExternalPartnerIds && !allowedExternalPartnerIds.has(externalPartnerId)) {
    const problem = `externalPartnerId ${externalPartnerId} is not among the partners that this app may change.`;
    return { rejection: rejected('notAllowed', problem) };
  }
  return { request };
}

/** How long a request may still be sent to Graph, in milliseconds; 0 or less once it has expired. */
export function timeLeft({ validUntil }: Pick<ConnectionRequest, 'validUntil'>, now = Date.now()): number {
  return validUntil === undefined ? Number.POSITIVE_INFINITY : (parseInstant(validUntil) ?? 0) - now;
}

/** @param mayHaveBeenApplied an earlier attempt got no clear response from Graph */
export function expired({ validUntil }: ConnectionRequest, mayHaveBeenApplied: boolean): Outcome {
  const advice = mayHaveBeenApplied
    ? 'an earlier attempt got no clear response and may have been applied, so look at the partner first'
    : 'send it again if it still holds';
  return rejected('expired', `The request was valid until ${validUntil}; ${advice}.`);
}
