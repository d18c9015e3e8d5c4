import { DefaultAzureCredential } from '@azure/identity';
import { claimsOf } from '../azure/claims.ts';
import { getToken } from '../azure/signIn.ts';
import { UnreachableError } from '../command/errors.ts';
import { TOKEN_SCOPE } from '../serviceBus/connect.ts';
import type { Target } from '../serviceBus/target.ts';
import { type Check, ok, wrong } from './check.ts';

/** Whether the caller can be signed in to Service Bus, and as whom. */
export function signInCheck({ host, isLocal, connectionString }: Target): Check {
  const service = {
    name: host,
    baseUrl: `https://${host}`,
    hint: '',
    credential: new DefaultAzureCredential(),
    scope: TOKEN_SCOPE,
  };
  return {
    name: 'you are signed in',
    async run() {
      if (isLocal) return ok('not needed: the local Service Bus lets anyone do anything');
      if (connectionString !== undefined) return ok('with the key of ServiceBusConnection');
      try {
        return ok(nameIn(await getToken(service)));
      } catch (error) {
        if (error instanceof UnreachableError)
          return wrong(error.message, 'Nothing else can be checked before that.');
        throw error;
      }
    },
  };
}

/** Whom a token is for. */
function nameIn(token: string): string {
  const { upn, unique_name: uniqueName, app_displayname: appName, appid: appId } = claimsOf(token);
  return `as ${upn ?? uniqueName ?? appName ?? appId ?? 'someone'}`;
}
