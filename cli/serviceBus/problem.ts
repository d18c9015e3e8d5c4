import { isServiceBusError } from '@azure/service-bus';
import { describeSignInProblem } from '../azure/signIn.ts';
import { CommandError, toSentence, UnreachableError } from '../command/errors.ts';
import { LOCAL_HINT } from '../command/hints.ts';
import type { Target } from './target.ts';

/** What Service Bus, the sign-in or the network did not do, in words; a bug of the command stays what it is. */
export function toUnreachableError(error: unknown, target: Target): unknown {
  const first = error instanceof AggregateError ? error.errors[0] : error;
  if (!(first instanceof Error) || first instanceof CommandError) return first;
  const problem = describeProblem(first, target);
  return problem === undefined ? error : new UnreachableError(problem, { cause: error });
}

/** Whether Service Bus refused because the caller lacks a role. */
export function isUnauthorized(error: unknown): boolean {
  return hasCode(error, 'UnauthorizedAccess');
}

/** Whether there is no such queue, topic or subscription. */
export function isMissing(error: unknown): boolean {
  return hasCode(error, 'MessagingEntityNotFound');
}

/** Whether Service Bus has certainly not done what it was asked for. After a lost connection, nobody knows. */
export function isRefusal(error: unknown): boolean {
  const { cause = error } = Object(error) as { cause?: unknown };
  const wasNeverConnected = cause instanceof Error && /ECONNREFUSED|ENOTFOUND/.test(cause.message);
  return wasNeverConnected || refusals.some((code) => hasCode(error, code));
}

const refusals = [
  'QuotaExceeded',
  'MessageSizeExceeded',
  'MessagingEntityDisabled',
  'MessagingEntityNotFound',
  'UnauthorizedAccess',
];

function hasCode(error: unknown, code: string): boolean {
  const { cause = error } = Object(error) as { cause?: unknown };
  return isServiceBusError(cause) && cause.code === code;
}

/** What to do if a namespace cannot be reached. */
export function unreachableHint({ isLocal }: Target): string {
  return isLocal
    ? LOCAL_HINT
    : 'Check the name and your network; if only port 443 is open, pass --web-sockets.';
}

function describeProblem(error: Error, target: Target): string | undefined {
  const { host } = target;
  const text = `${error.name} ${error.message}`;
  const signInProblem = describeSignInProblem(error);
  if (signInProblem !== undefined) return signInProblem;
  if (/ENOTFOUND|EAI_AGAIN/.test(text)) {
    return `Cannot reach ${host}: host not found. Check the name and your network.`;
  }
  if (/ECONNREFUSED|ServiceCommunication/.test(text)) {
    return `Cannot reach ${host}: connection refused. ${unreachableHint(target)}`;
  }
  // The reason that Node's WebSocket gives for a failed connection is empty.
  if (error instanceof TypeError && error.message === '') {
    return `Cannot open a WebSocket to ${host}. Check the name and your network.`;
  }
  if (isUnauthorized(error)) {
    return `${host} refused access: ${toSentence(error.message)} To send takes the role Azure Service Bus Data Sender, to look takes Azure Service Bus Data Receiver.`;
  }
  if (
    isServiceBusError(error) ||
    error.name === 'MessagingError' ||
    /\bE[A-Z]{4,}\b|EntityPath/.test(error.message)
  ) {
    return `${host}: ${toSentence(error.message)}`;
  }
  return undefined;
}
