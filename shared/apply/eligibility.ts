import { type Outcome, rejected } from '../contract/outcome.ts';
import type { ConnectionRequest } from '../contract/requestSchema.ts';
import type { Message } from '../receive/message.ts';
import type { Policy } from '../settings/policySettings.ts';
import { expired, isValidIn } from './expiry.ts';
import { checkPolicy } from './policy.ts';

/** A request that may be sent to Graph, or why it must not be. */
export type Eligibility = { readonly request: ConnectionRequest } | { readonly rejection: Outcome };

/** What an installation allows. */
export type Rules = {
  /** Lower-case record ids; undefined: every partner is allowed. */
  readonly allowedExternalPartnerIds?: ReadonlySet<string> | undefined;
  readonly policy?: Policy | undefined;
  /** Whether windows can be remembered. */
  readonly hasWindows?: boolean;
};

/**
 * Checks what a message asks for before anything is tried, in this order: its body, its session, the allow-list,
 * expiry, the policy. An end passes allow-list and policy, because it only closes what this app has opened.
 */
export function checkEligibility(message: Message, rules: Rules): Eligibility {
  const { request } = message;
  if (!request) return { rejection: rejected('invalidRequest', message.problem) };
  const rejection =
    checkSession(message, request) ??
    checkWindows(message, request, rules) ??
    (request.endOf === undefined ? checkAllowed(request, rules) : undefined) ??
    (isValidIn(0, request) ? undefined : expired(request, message.deliveryCount > 1)) ??
    (request.endOf === undefined && rules.policy ? checkPolicy(request, rules.policy) : undefined);
  return rejection ? { rejection } : { request };
}

function checkSession({ sessionId }: Message, { externalPartnerId }: ConnectionRequest): Outcome | undefined {
  const expected = externalPartnerId.toLowerCase();
  if (sessionId === expected) return undefined;
  const problem = `SessionId is not the externalPartnerId in lower case; send SessionId ${expected}.`;
  return rejected('sessionIdMismatch', problem);
}

function checkWindows(
  { messageId }: Message,
  { until, endOf }: ConnectionRequest,
  { hasWindows }: Rules,
): Outcome | undefined {
  if (until === undefined && endOf === undefined) return undefined;
  if (!hasWindows) {
    const name = until === undefined ? 'endOf' : 'until';
    const problem = `${name} cannot be used: this app has no storage for windows (AzureWebJobsStorage__blobServiceUri). Send the request without it.`;
    return rejected('windowsUnavailable', problem);
  }
  if (until === undefined || messageId !== '') return undefined;
  return rejected(
    'invalidRequest',
    'MessageId is missing; a request with until needs one of its own, such as a new GUID.',
  );
}

function checkAllowed(
  { externalPartnerId }: ConnectionRequest,
  { allowedExternalPartnerIds }: Rules,
): Outcome | undefined {
  const id = externalPartnerId.toLowerCase();
  if (!allowedExternalPartnerIds || allowedExternalPartnerIds.has(id)) return undefined;
  return rejected(
    'notAllowed',
    `externalPartnerId ${id} is not among the partners that this app may change.`,
  );
}
