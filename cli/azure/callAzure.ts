import { parseJson } from '../../shared/kit/json.ts';
import { toSentence, UnreachableError } from '../command/errors.ts';
import { getToken, type SignedInService } from './signIn.ts';

export type AzureResponse = {
  readonly status: number;
  /** The body, if it is JSON. */
  readonly json: unknown;
};

const TIMEOUT_MS = 30_000;

/**
 * Calls a REST API of Azure once, as the caller: a POST with a body, a GET without one. Follows no redirect.
 *
 * @param path with its query
 * @throws {UnreachableError} if there is no sign-in or no response
 */
export async function callAzure(api: SignedInService, path: string, body?: object): Promise<AzureResponse> {
  const token = await getToken(api);
  try {
    const response = await fetch(`${api.baseUrl}${path}`, {
      method: body ? 'POST' : 'GET',
      headers: { Authorization: `Bearer ${token}`, ...(body && { 'Content-Type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return { status: response.status, json: parseJson(await response.text()) };
  } catch (error) {
    const { cause = error } = error as { cause?: unknown };
    throw new UnreachableError(
      `Cannot reach ${api.name}: ${toSentence((cause as Error).message)} ${api.hint}`,
      {
        cause: error,
      },
    );
  }
}
