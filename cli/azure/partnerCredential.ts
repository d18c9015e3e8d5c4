import {
  type AccessToken,
  DefaultAzureCredential,
  DeviceCodeCredential,
  InteractiveBrowserCredential,
  type TokenCredential,
} from '@azure/identity';
import { toSentence, UnreachableError } from '../command/errors.ts';
import { describeDuration } from '../command/time.ts';
import { isTerminal, note } from '../terminal/print.ts';
import { hasPermission } from './claims.ts';

export type PartnerSignIn = { readonly tenantId: string | undefined; readonly deviceCode: boolean };

/** What the sign-in works with. */
type Edges = {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whoever is signed in already: az, azd, a pipeline, a managed identity. */
  readonly ambient: TokenCredential;
  /** A person who signs in now. */
  readonly person: TokenCredential;
  /** Whether there is a person. */
  readonly isTerminal: boolean;
};

/** How long a person may take to sign in. */
export const SIGN_IN_LIMIT_MS = 3 * 60_000;
/** "Microsoft Graph Command Line Tools", the public client that asks the signed-in person for a permission. */
const GRAPH_COMMAND_LINE_TOOLS = '14d82eec-204b-4c2f-b7e8-296a70dab67e';
const PERMISSIONS = ['CloudPC.Read.All', 'CloudPC.ReadWrite.All'];

/**
 * Whoever may see external partners: the token in GRAPH_ACCESS_TOKEN, else whoever is signed in already, if their token
 * has the permission, else a person who signs in.
 */
export function createPartnerCredential(
  graphOrigin: string,
  signIn: PartnerSignIn,
  edges: Edges = edgesOf(signIn),
): TokenCredential {
  const { env, ambient, person, isTerminal } = edges;
  return {
    async getToken(scope) {
      const given = env.GRAPH_ACCESS_TOKEN?.trim();
      if (given) return { token: given, expiresOnTimestamp: Number.POSITIVE_INFINITY };
      if (signIn.deviceCode) return askPerson(person, scope);
      const own = await ambient.getToken(`${graphOrigin}/.default`).catch(() => null);
      if (own && hasPermission(own.token, PERMISSIONS)) return own;
      const why = own
        ? 'Whoever is signed in to Azure lacks the permission CloudPC.Read.All.'
        : 'Nobody is signed in to Azure.';
      if (!isTerminal) {
        throw new UnreachableError(
          `${why} Sign in as a service principal or managed identity that has it, set GRAPH_ACCESS_TOKEN to a token for ${graphOrigin}, or pass --device-code.`,
        );
      }
      note(
        `${why} Sign in in the browser, within ${describeDuration(SIGN_IN_LIMIT_MS)}; --device-code signs in on another device.`,
      );
      return askPerson(person, scope);
    },
  };
}

async function askPerson(person: TokenCredential, scope: string | string[]): Promise<AccessToken | null> {
  const limit = AbortSignal.timeout(SIGN_IN_LIMIT_MS);
  try {
    return await person.getToken(scope, { abortSignal: limit });
  } catch (error) {
    const problem = limit.aborted
      ? `nobody signed in within ${describeDuration(SIGN_IN_LIMIT_MS)}.`
      : toSentence((error as Error).message);
    throw new UnreachableError(`Cannot sign in: ${problem}`, { cause: error });
  }
}

function edgesOf({ tenantId, deviceCode }: PartnerSignIn): Edges {
  const tenant = tenantId === undefined ? {} : { tenantId };
  const client = { clientId: GRAPH_COMMAND_LINE_TOOLS, ...tenant };
  return {
    env: process.env,
    ambient: new DefaultAzureCredential(tenant),
    person: deviceCode
      ? new DeviceCodeCredential({ ...client, userPromptCallback: ({ message }) => note(message) })
      : new InteractiveBrowserCredential({ ...client, redirectUri: 'http://localhost' }),
    isTerminal: isTerminal(),
  };
}
