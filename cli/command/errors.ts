import { sanitize } from '../../shared/kit/sanitize.ts';

/** What a person typed wrong; the message says what to type instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Service Bus, Graph or the sign-in did not do what the command needs; the message says which and why. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
}

/** Text from outside, made fit for a terminal and ended with one full stop. */
export function toSentence(message: string): string {
  return sanitize(message).replace(/\.?$/, '.');
}
