import type { TokenCredential } from '@azure/identity';
import { toSentence, UnreachableError } from '../command/errors.ts';
import { isLoopback } from '../serviceBus/target.ts';

/** A service that takes a token of the caller. */
export type SignedInService = {
  /** What to call it in a message. */
  readonly name: string;
  /** An origin. */
  readonly baseUrl: string;
  /** What to do if it cannot be reached. */
  readonly hint: string;
  readonly credential: TokenCredential;
  readonly scope: string;
};

/**
 * A token of the caller for a service.
 *
 * @throws {UnreachableError} saying how to sign in, or what to start
 */
export async function getToken({ name, baseUrl, hint, credential, scope }: SignedInService): Promise<string> {
  try {
    return (await credential.getToken(scope))?.token ?? '';
  } catch (error) {
    const isLocal = isLoopback(new URL(baseUrl).hostname);
    const problem = isLocal ? `Cannot reach ${name}. ${hint}` : describeSignInProblem(error as Error);
    throw problem === undefined ? error : new UnreachableError(problem, { cause: error });
  }
}

/** Why the caller could not be signed in, and what to do; undefined for an error of another kind. */
export function describeSignInProblem({ name, message }: Error): string | undefined {
  if (/CredentialUnavailable|AggregateAuthentication|AuthenticationRequired/.test(`${name} ${message}`)) {
    return 'Not signed in to Azure. Run az login or azd auth login, then try again.';
  }
  if (/AuthenticationError/.test(name)) {
    return `Cannot sign in to Azure: ${toSentence(firstLine(message))} Run az login or azd auth login, then try again.`;
  }
  return undefined;
}

function firstLine(text: string): string {
  return text.split('\n').find((line) => line.trim() !== '') ?? '';
}
