import { type AccessToken, ManagedIdentityCredential, type TokenCredential } from '@azure/identity';
import { withTimeout } from './withTimeout.ts';

/** How long one token request may take before it is given up, in milliseconds. */
export const TOKEN_TIMEOUT_MS = 20_000;

/**
 * The app's managed identity. It caches tokens itself; calls that arrive while a token is being fetched share
 * that one request.
 *
 * @param clientId client id of a user-assigned identity; the system-assigned one where absent
 */
export function managedIdentity(clientId?: string): TokenCredential {
  const credential = new ManagedIdentityCredential(clientId ? { clientId } : {});
  const underWay = new Map<string, Promise<AccessToken>>();
  return {
    getToken(scopes) {
      const scope = String(scopes);
      const token =
        underWay.get(scope) ??
        withTimeout(
          credential.getToken(scope),
          TOKEN_TIMEOUT_MS,
          'The identity endpoint did not answer.',
        ).finally(() => underWay.delete(scope));
      underWay.set(scope, token);
      return token;
    },
  };
}
