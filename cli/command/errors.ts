import { sanitize } from '../../shared/kit/sanitize.ts';

/** Why a command cannot do its work; the message is for the person who typed it. */
export abstract class CommandError extends Error {}

/** What a person typed or set wrong; the message says what to do instead. */
export class UsageError extends CommandError {
  override readonly name = 'UsageError';
}

/** Service Bus, Graph or the sign-in did not do what the command needs; the message says which and why. */
export class UnreachableError extends CommandError {
  override readonly name = 'UnreachableError';
}

/** Text from outside, made fit for a terminal and ended with one full stop. */
export function toSentence(message: string): string {
  return sanitize(message).replace(/\.?$/, '.');
}
