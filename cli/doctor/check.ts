import type { UnreachableError } from '../command/errors.ts';

/** What a check found, and what to do about it. */
export type Finding = { readonly status: 'ok'; readonly seen: string } | Problem;

/** `skipped`: it could not be found out. */
export type Problem = { readonly status: 'wrong' | 'skipped'; readonly seen: string; readonly todo: string };

/** One thing that has to be right for requests to be applied and recorded. */
export type Check = { readonly name: string; run(): Promise<Finding> };

export function ok(seen: string): Finding {
  return { status: 'ok', seen };
}

export function wrong(seen: string, todo: string): Problem {
  return { status: 'wrong', seen, todo };
}

export function skipped(seen: string, todo: string): Problem {
  return { status: 'skipped', seen, todo };
}

/** For what could not be asked: the message says what to do about it. */
export function unreachable({ message }: UnreachableError): Problem {
  return skipped(message, 'Then run npx epc doctor again.');
}

/** For a response that says nothing. */
export function unexpectedResponse(name: string, status: number): Problem {
  return skipped(`${name} responded with ${status}`, 'Run npx epc doctor again later.');
}

/** For an id that azd would have set. */
export function unset(variable: string, what: string): Problem {
  return skipped(
    `${variable} is not set`,
    `Run it with the variables of azd (azd hooks run postdeploy), or set ${variable} to ${what}.`,
  );
}
