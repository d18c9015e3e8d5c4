import { existsSync, readFileSync } from 'node:fs';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import {
  DeviceCodeCredential,
  InteractiveBrowserCredential,
  ManagedIdentityCredential,
  type TokenCredential,
} from '@azure/identity';
import { UsageError } from '../command/errors.ts';
import { isLoopback } from '../serviceBus/target.ts';
import { readLocalValues, readSetting, repository } from '../settings.ts';
import { graphOrigins } from './graphOrigins.ts';

/** Where to ask for partners, and as whom. */
export type GraphSource = {
  readonly baseUrl: string;
  readonly credential: TokenCredential;
  readonly scope: string;
  /** What to call it in a message. */
  readonly name: string;
  /** What to do if it cannot be reached. */
  readonly hint: string;
  /** What to do if it refuses. */
  readonly permissionHint: string;
  /** Whether a person has to sign in, who may take their time. */
  readonly isInteractive: boolean;
};

/** "Microsoft Graph Command Line Tools", the public client that asks the signed-in person for a permission. */
const GRAPH_COMMAND_LINE_TOOLS = '14d82eec-204b-4c2f-b7e8-296a70dab67e';

export type SignIn = { readonly tenantId?: string; readonly deviceCode: boolean };

/** Graph itself, as the person who signs in. */
export function graphInAzure(baseUrl: string, { deviceCode, tenantId }: SignIn): GraphSource {
  const client = { clientId: GRAPH_COMMAND_LINE_TOOLS, ...(tenantId !== undefined && { tenantId }) };
  const credential = deviceCode
    ? new DeviceCodeCredential({ ...client, userPromptCallback: ({ message }) => console.error(message) })
    : new InteractiveBrowserCredential({ ...client, redirectUri: 'http://localhost' });
  return {
    baseUrl,
    credential,
    scope: `${baseUrl}/CloudPC.Read.All`,
    name: baseUrl,
    hint: 'Check your network.',
    permissionHint:
      'Your sign-in needs the delegated permission CloudPC.Read.All and a role that may read Cloud PCs.',
    isInteractive: true,
  };
}

/**
 * The stand-in, with its certificate authority and its managed identity.
 *
 * @throws {UsageError} if the variable GRAPH_BASE_URL names another Graph than a local one
 */
export function localGraph(): GraphSource {
  const baseUrl = readSetting('GRAPH_BASE_URL');
  if (!URL.canParse(baseUrl) || !isLoopback(new URL(baseUrl).hostname)) {
    throw new UsageError(
      `The variable GRAPH_BASE_URL is ${baseUrl}, which is not on this machine; unset it, or pass --graph ${graphOrigins[0]} to sign in.`,
    );
  }
  // Node itself trusts what NODE_EXTRA_CA_CERTS names, but that may be set to something else already.
  const authority = new URL(readLocalValues().NODE_EXTRA_CA_CERTS ?? '', repository);
  if (existsSync(authority)) {
    setDefaultCACertificates([...getCACertificates(), readFileSync(authority, 'utf8')]);
  }
  for (const name of ['IDENTITY_ENDPOINT', 'IDENTITY_HEADER']) process.env[name] = readSetting(name);
  const credential = new ManagedIdentityCredential();
  return {
    baseUrl,
    credential,
    scope: `${baseUrl}/.default`,
    name: 'the local Graph',
    hint: 'Is `npm start` or `npm run local` running?',
    permissionHint: '',
    isInteractive: false,
  };
}
