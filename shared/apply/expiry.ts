import { parseInstant } from '../contract/instant.ts';
import { type Outcome, rejected } from '../contract/outcome.ts';
import type { ConnectionRequest } from '../contract/requestSchema.ts';

/** Whether a request may still be applied so many milliseconds from now. */
export function isValidIn(ms: number, { validUntil }: Pick<ConnectionRequest, 'validUntil'>): boolean {
  return validUntil === undefined || ms < (parseInstant(validUntil) ?? 0) - Date.now();
}

/** @param mayHaveBeenApplied an earlier attempt got no clear response from Graph */
export function expired({ validUntil }: ConnectionRequest, mayHaveBeenApplied: boolean): Outcome {
  const advice = mayHaveBeenApplied
    ? 'an earlier attempt got no clear response and may have been applied, so look at the partner first'
    : 'send it again if it still holds';
  return rejected('expired', `The request was valid until ${validUntil}; ${advice}.`);
}
