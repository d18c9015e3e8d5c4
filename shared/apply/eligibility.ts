import { type Outcome, rejected } from '../contract/outcome.ts';
import { type ConnectionRequest, MAX_ID_CHARACTERS } from '../contract/requestSchema.ts';
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
 * expiry, the policy. An end passes allow-list and policy, because it only closes what this app has opened. Without
 * storage it does no more than a disable, and is checked like one.
 */
export function checkEligibility(message: Message, rules: Rules): Eligibility {
  const { request } = message;
  if (!request) return { rejection: rejected('invalidRequest', message.problem) };
  const isEnd = request.endOf !== undefined && rules.hasWindows;
  const rejection =
    checkSession(message, request) ??
    checkWindow(message, request, rules) ??
    (isEnd ? undefined : checkAllowed(request, rules)) ??
    (isValidIn(0, request) ? undefined : expired(request, message.deliveryCount > 1)) ??
    (isEnd || !rules.policy ? undefined : checkPolicy(request, rules.policy));
  return rejection ? { rejection } : { request };
}

function checkSession({ sessionId }: Message, { externalPartnerId }: ConnectionRequest): Outcome | undefined {
  const expected = externalPartnerId.toLowerCase();
  if (sessionId === expected) return undefined;
  const problem = `SessionId is not the externalPartnerId in lower case; send SessionId ${expected}.`;
  return rejected('sessionIdMismatch', problem);
}

/** The MessageId has to name the window to the letter: `endOf` of its end does. */
function checkWindow(
  message: Message,
  { until }: ConnectionRequest,
  { hasWindows }: Rules,
): Outcome | undefined {
  if (until === undefined) return undefined;
  if (!hasWindows) {
    const problem =
      'until cannot be used: this app has no storage for windows (AzureWebJobsStorage__blobServiceUri). Send the request without it.';
    return rejected('windowsUnavailable', problem);
  }
  if (isName(message)) return undefined;
  const is = message.messageId === '' ? 'missing' : 'not plain text';
  return rejected(
    'invalidRequest',
    `MessageId is ${is}; a request with until needs one of its own that begins with a letter, or a new GUID.`,
  );
}

/** A number of up to 15 digits arrives as it was sent; any other, and `true` or an object, may not. */
function isName({ messageId, isMessageIdExact }: Message): boolean {
  return isMessageIdExact
    ? messageId !== '' && messageId.length <= MAX_ID_CHARACTERS && messageId.isWellFormed()
    : /^\d{1,15}$/.test(messageId);
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
