import { type Outcome, rejected } from '../contract/outcome.ts';
import type { ConnectionRequest } from '../contract/requestSchema.ts';
import type { Message } from '../receive/message.ts';
import { expired, isValidIn } from './expiry.ts';

/** A request that may be sent to Graph, or why it must not be. */
export type Eligibility = { readonly request: ConnectionRequest } | { readonly rejection: Outcome };

/**
 * Checks what a message asks for before anything is tried: its body, its session, the allow-list and expiry.
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
  if (!isValidIn(0, request)) return { rejection: expired(request, message.deliveryCount > 1) };
  return { request };
}
