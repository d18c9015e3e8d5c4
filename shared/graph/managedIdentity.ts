import { type AccessToken, ManagedIdentityCredential, type TokenCredential } from '@azure/identity';
import { sdkHttp } from '../kit/sdkHttp.ts';
import { withTimeout } from '../kit/withTimeout.ts';

/** How long one token request may take before it is given up, in milliseconds. */
export const TOKEN_TIMEOUT_MS = 20_000;

/** How much of a response of the identity endpoint is read, in bytes. */
const LONGEST_RESPONSE_BYTES = 64 * 1024;

/** Past any proxy, which would get the secret that proves the app to the endpoint on this machine. */
const http = sdkHttp({
  timeoutMs: TOKEN_TIMEOUT_MS,
  longestBody: LONGEST_RESPONSE_BYTES,
  agent: false,
});

/** When a token is renewed if the identity endpoint does not say, in milliseconds before it expires. */
const RENEWAL_MARGIN_MS = 10 * 60 * 1000;

/**
 * The app's managed identity. A token is used as long as it is valid: it is renewed in the background, and a renewal
 * that fails or hangs delays nobody. Callers that need a token at the same time share one token request.
 *
 * `@azure/identity` alone waits for the renewal in the second half of a token's life, and fails with it. Its
 * `getBearerTokenProvider` does not, but ends the process with an unhandled rejection once a renewal in the background
 * fails until the token expires; so does the telemetry SDK, which never sees a renewal fail here while a token is valid.
 *
 * @param clientId client id of a user-assigned identity; undefined: the system-assigned one
 */
export function managedIdentity(
  clientId?: string,
  credential: TokenCredential = new ManagedIdentityCredential({ ...http, ...(clientId && { clientId }) }),
): TokenCredential {
  const tokens = new Map<string, AccessToken>();
  const renewals = new Map<string, Promise<AccessToken>>();

  const renew = (scope: string): Promise<AccessToken> => {
    const underWay = renewals.get(scope);
    if (underWay) return underWay;
    const renewal = requestToken(credential, scope);
    renewals.set(scope, renewal);
    const forget = () => void renewals.delete(scope);
    renewal.then((token) => void tokens.set(scope, token)).then(forget, forget);
    return renewal;
  };

  return {
    async getToken(scopes) {
      const scope = String(scopes);
      const token = tokens.get(scope);
      const now = Date.now();
      if (!token || token.expiresOnTimestamp <= now) return renew(scope);
      const renewAt = token.refreshAfterTimestamp ?? token.expiresOnTimestamp - RENEWAL_MARGIN_MS;
      if (renewAt <= now) void renew(scope).catch(() => {});
      return token;
    },
  };
}

async function requestToken(credential: TokenCredential, scope: string): Promise<AccessToken> {
  const request = credential.getToken(scope);
  const token = await withTimeout(request, TOKEN_TIMEOUT_MS, 'The identity endpoint did not respond.');
  if (!token) throw new Error('The identity endpoint responded without a token.');
  return token;
}
