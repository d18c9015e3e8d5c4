import { parseInstant } from '../contract/instant.ts';
import { type Outcome, rejected } from '../contract/outcome.ts';
import type { ConnectionRequest } from '../contract/requestSchema.ts';

/** Whether a request may still be applied so many milliseconds from now. */
export function isValidIn(ms: number, request: Pick<ConnectionRequest, 'validUntil' | 'until'>): boolean {
  return ms < (endOfValidity(request)?.at ?? Number.POSITIVE_INFINITY) - Date.now();
}

/** @param mayHaveBeenApplied an earlier attempt got no clear response from Graph */
export function expired(request: ConnectionRequest, mayHaveBeenApplied: boolean): Outcome {
  const { name, text } = endOfValidity(request) ?? {};
  const advice = mayHaveBeenApplied
    ? 'an earlier attempt got no clear response and may have been applied, so look at the partner first'
    : 'send it again if it still holds';
  return rejected('expired', `The time of the request is over (${name} ${text}); ${advice}.`);
}

/** The instant from which on a request is not applied any more, and the property that says so; undefined: none. */
export function endOfValidity({ validUntil, until }: Pick<ConnectionRequest, 'validUntil' | 'until'>) {
  const instants = Object.entries({ validUntil, until }).flatMap(([name, text]) =>
    text === undefined ? [] : [{ name, text, at: parseInstant(text) ?? 0 }],
  );
  return instants.sort((one, other) => one.at - other.at)[0];
}
