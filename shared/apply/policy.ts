import { parseInstant } from '../contract/instant.ts';
import { type Outcome, rejected } from '../contract/outcome.ts';
import type { ConnectionRequest } from '../contract/requestSchema.ts';
import { excerpt } from '../kit/sanitize.ts';
import type { Policy } from '../settings/policySettings.ts';

const HOUR_MS = 60 * 60 * 1000;

/** Why the policy refuses a request; undefined if it does not. The message names the setting with the rule. */
export function checkPolicy(request: ConnectionRequest, policy: Policy): Outcome | undefined {
  const problem =
    missingProperty(request, policy) ?? wrongReference(request, policy) ?? wrongWindow(request, policy);
  if (problem) return rejected('policy', problem);
  if (policy.isFrozen && request.enableConnection) {
    const text = 'Nothing is enabled at the moment (FREEZE); send it again once that is over.';
    return rejected('frozen', text);
  }
  return undefined;
}

function missingProperty(request: ConnectionRequest, { requiredProperties }: Policy): string | undefined {
  const missing = requiredProperties.find(
    (name) => !request[name]?.trim() && (name !== 'until' || request.enableConnection),
  );
  return (
    missing &&
    `${missing} is ${excerpt(request[missing])}; this installation requires it (REQUIRED_PROPERTIES).`
  );
}

function wrongReference({ reference }: ConnectionRequest, { referencePattern }: Policy): string | undefined {
  if (!referencePattern || (reference !== undefined && referencePattern.test(reference))) return undefined;
  return `reference is ${excerpt(reference)}; send one that matches ${referencePattern.source} (REFERENCE_PATTERN).`;
}

function wrongWindow(
  { enableConnection, until }: ConnectionRequest,
  { longestWindowHours }: Policy,
): string | undefined {
  if (longestWindowHours === undefined || !enableConnection) return undefined;
  const latest = Date.now() + longestWindowHours * HOUR_MS;
  if (until !== undefined && (parseInstant(until) ?? 0) <= latest) return undefined;
  return `until is ${excerpt(until)}; send a time at most ${longestWindowHours} hours ahead (LONGEST_WINDOW_HOURS).`;
}
