import { parseInstant } from './instant.ts';
import type { Message } from './message.ts';
import { type Outcome, rejected } from './outcome.ts';
import type { ConnectionRequest } from './request.ts';

/** A request that may be sent to Graph, or why it must not be. */
export type Eligibility = { readonly request: ConnectionRequest } | { readonly rejection: Outcome };

/**
 * Checks what a message asks for before anything is tried: its body, its session and the allow-list. Expiry is apart
 * ({@link isExpired}), because it is checked again before every attempt.
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

/** Whether a request must not be sent to Graph any more. */
export function isExpired({ validUntil }: Pick<ConnectionRequest, 'validUntil'>, now = Date.now()): boolean {
  return validUntil !== undefined && now >= (parseInstant(validUntil) ?? 0);
}

/** @param mayHaveBeenApplied an earlier attempt got no clear response from Graph */
export function expired({ validUntil }: ConnectionRequest, mayHaveBeenApplied: boolean): Outcome {
  const advice = mayHaveBeenApplied
    ? 'an earlier attempt got no clear response and may have been applied, so look at the partner first'
    : 'send it again if it still holds';
  return rejected('expired', `The request was valid until ${validUntil}; ${advice}.`);
}
