import type { TokenCredential } from '@azure/identity';
import { toSentence, UnreachableError } from '../command/errors.ts';
import { isLoopback } from './origins.ts';

/** An API of Azure that takes a token of the caller. */
export type AzureService = {
  /** What to call it in a message. */
  readonly name: string;
  /** An origin. */
  readonly baseUrl: string;
  /** What to do if it cannot be reached. */
  readonly hint: string;
  /** What to do if it refuses. */
  readonly permissionHint?: string;
  readonly credential: TokenCredential;
  readonly scope: string;
  /** How long the sign-in may take; default: 60 seconds. */
  readonly signInTimeoutMs?: number;
};

/**
 * A token of the caller for a service.
 *
 * @throws {UnreachableError} saying how to sign in, or what to start
 */
export async function getToken({ name, baseUrl, hint, credential, scope }: AzureService): Promise<string> {
  try {
    return (await credential.getToken(scope))?.token ?? '';
  } catch (error) {
    if (error instanceof UnreachableError) throw error;
    const problem = isLoopback(baseUrl)
      ? `Cannot reach ${name}. ${hint}`
      : describeSignInProblem(error as Error);
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
