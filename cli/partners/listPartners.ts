import { Client, GraphError, PageIterator } from '@microsoft/microsoft-graph-client';
import type { ExternalPartner } from '../../shared/contract/resultSchema.ts';
import type { GraphSource } from '../azure/graphSource.ts';
import { watchConnection } from '../command/connectionWatch.ts';
import { toSentence, UnreachableError } from '../command/errors.ts';

/**
 * Every external partner; "List externalPartners" (Microsoft Graph beta).
 *
 * @throws {UnreachableError} for whatever Graph, the sign-in or the network says
 */
export async function listPartners(source: GraphSource): Promise<ExternalPartner[]> {
  const { baseUrl, credential, scope, name, hint, isInteractive } = source;
  try {
    const signIn = () => credential.getToken(scope);
    const token = isInteractive
      ? await signIn()
      : await watchConnection(`the identity of ${name}`, { hint })(signIn);
    return await watchConnection(name, { hint })(() => readPages(baseUrl, token?.token ?? ''));
  } catch (error) {
    throw error instanceof UnreachableError ? error : new UnreachableError(describeProblem(error, source));
  }
}

async function readPages(baseUrl: string, token: string): Promise<ExternalPartner[]> {
  const client = Client.initWithMiddleware({
    baseUrl,
    defaultVersion: 'beta',
    customHosts: new Set([new URL(baseUrl).hostname]),
    authProvider: { getAccessToken: async () => token },
  });
  const partners: ExternalPartner[] = [];
  const firstPage = await client.api('/deviceManagement/virtualEndpoint/externalPartners').get();
  const add = (partner: ExternalPartner) => partners.push(partner) > 0;
  await new PageIterator(client, firstPage, add).iterate();
  return partners;
}

function describeProblem(error: unknown, source: GraphSource): string {
  const { name, hint, permissionHint, isInteractive } = source;
  const { message, name: kind } = error as Error;
  const status = error instanceof GraphError && error.statusCode > 0 ? error.statusCode : undefined;
  if (isInteractive && /Credential|Authentication/.test(kind))
    return `Cannot sign in: ${toSentence(message)}`;
  if (status === undefined) return `Cannot reach ${name}: ${toSentence(message)} ${hint}`;
  const advice = status === 403 && permissionHint ? ` ${permissionHint}` : '';
  return `${name} responded with ${status}: ${toSentence(message)}${advice}`;
}
