import { existsSync, readFileSync } from 'node:fs';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import {
  DeviceCodeCredential,
  InteractiveBrowserCredential,
  ManagedIdentityCredential,
  type TokenCredential,
} from '@azure/identity';
import { Client, GraphError, PageIterator } from '@microsoft/microsoft-graph-client';
import local from '../local.settings.json' with { type: 'json' };
import type { ExternalPartner } from '../shared/resultSchema.ts';
import { asSentence, exitCodes, readArguments, runCommand, UnreachableError, UsageError } from './command.ts';
import { formatTable } from './table.ts';

const usage = `List the external partners, with the id that a request has to name.

  npm run partners [-- options]

  --graph URL       https://graph.microsoft.com or https://graph.microsoft.us, with your own Entra sign-in in the
                    browser, which needs the delegated permission CloudPC.Read.All; the local Graph unless told
  --tenant ID       the tenant to sign in to
  --device-code     sign in with a code on another device
  --json            print one JSON array (npm run --silent partners -- …)
  --help

Exit code: 0 listed; 2 wrong usage; 5 Graph or the sign-in did not do it.`;

/** "Microsoft Graph Command Line Tools", the public client that asks the signed-in person for a permission. */
const GRAPH_COMMAND_LINE_TOOLS = '14d82eec-204b-4c2f-b7e8-296a70dab67e';
const HOSTS = ['https://graph.microsoft.com', 'https://graph.microsoft.us'];

type SignIn = { readonly tenantId?: string; readonly deviceCode: boolean };

await runCommand('partners', usage, async (args) => {
  const { values } = readArguments(args, {
    graph: { type: 'string' },
    tenant: { type: 'string' },
    'device-code': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  });
  if (values.graph !== undefined && !HOSTS.includes(values.graph)) {
    throw new UsageError(`--graph is ${values.graph}; write ${HOSTS.join(' or ')}.`);
  }
  if (values.graph === undefined && (values.tenant !== undefined || values['device-code'])) {
    throw new UsageError(`--tenant and --device-code are for a sign-in; write --graph ${HOSTS[0]} as well.`);
  }
  const signIn = { deviceCode: values['device-code'], ...(values.tenant && { tenantId: values.tenant }) };
  const partners = await listPartners(values.graph ? inAzure(values.graph, signIn) : locally()).catch(
    (error: unknown) => {
      throw new UnreachableError(problemOf(error, values.graph));
    },
  );
  const titles = ['id', 'partnerId', 'enableConnection', 'connectionStatus', 'statusDetails'] as const;
  const rows = partners.map((partner) => titles.map((title) => partner[title]));
  console.log(values.json ? JSON.stringify(partners) : formatTable(titles, rows));
  return exitCodes.done;
});

type Source = { readonly baseUrl: string; readonly credential: TokenCredential; readonly scope: string };

function inAzure(baseUrl: string, { deviceCode, tenantId }: SignIn): Source {
  const client = { clientId: GRAPH_COMMAND_LINE_TOOLS, ...(tenantId && { tenantId }) };
  const credential = deviceCode
    ? new DeviceCodeCredential({ ...client, userPromptCallback: ({ message }) => console.error(message) })
    : new InteractiveBrowserCredential({ ...client, redirectUri: 'http://localhost' });
  return { baseUrl, credential, scope: `${baseUrl}/CloudPC.Read.All` };
}

/** The stand-ins: their certificate authority and their managed identity. */
function locally(): Source {
  const { GRAPH_BASE_URL, IDENTITY_ENDPOINT, IDENTITY_HEADER } = { ...local.Values, ...process.env };
  // Node itself trusts what NODE_EXTRA_CA_CERTS names where it is set already, to something else perhaps.
  const { NODE_EXTRA_CA_CERTS } = local.Values;
  if (existsSync(NODE_EXTRA_CA_CERTS)) {
    setDefaultCACertificates([...getCACertificates(), readFileSync(NODE_EXTRA_CA_CERTS, 'utf8')]);
  }
  Object.assign(process.env, { IDENTITY_ENDPOINT, IDENTITY_HEADER });
  const credential = new ManagedIdentityCredential();
  return { baseUrl: GRAPH_BASE_URL, credential, scope: `${GRAPH_BASE_URL}/.default` };
}

/** "List externalPartners" (Microsoft Graph beta), every page. */
async function listPartners({ baseUrl, credential, scope }: Source): Promise<ExternalPartner[]> {
  const getAccessToken = async () => (await credential.getToken(scope))?.token ?? '';
  const client = Client.initWithMiddleware({
    baseUrl,
    defaultVersion: 'beta',
    customHosts: new Set([new URL(baseUrl).hostname]),
    authProvider: { getAccessToken },
  });
  const partners: ExternalPartner[] = [];
  const firstPage = await client.api('/deviceManagement/virtualEndpoint/externalPartners').get();
  await new PageIterator(
    client,
    firstPage,
    (partner: ExternalPartner) => partners.push(partner) > 0,
  ).iterate();
  return partners;
}

function problemOf(error: unknown, graph: string | undefined): string {
  const { message } = error as Error;
  const status = error instanceof GraphError && error.statusCode > 0 ? ` answered ${error.statusCode}` : '';
  const hint = graph
    ? status.includes('403')
      ? ' Your sign-in needs the delegated permission CloudPC.Read.All and a role that may read Cloud PCs.'
      : ''
    : ' Is `npm start` or `npm run local` running?';
  return `${graph ?? 'The local Graph'}${status}: ${asSentence(message)}${hint}`;
}
