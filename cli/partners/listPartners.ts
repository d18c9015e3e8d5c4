import { type ExternalPartner, partnerSchema } from '../../shared/contract/resultSchema.ts';
import type { AzureApi } from '../azure/callAzure.ts';
import { itemsOf } from '../azure/pages.ts';
import { UnreachableError } from '../command/errors.ts';

/**
 * Every external partner; "List externalPartners" (Microsoft Graph beta). Of each, what the app knows: the parameters
 * with which an agent is installed hold tokens.
 *
 * @throws {UnreachableError} for whatever Graph, the sign-in or the network says
 */
export async function listPartners(graph: AzureApi): Promise<ExternalPartner[]> {
  const items = itemsOf(graph, '/beta/deviceManagement/virtualEndpoint/externalPartners');
  return Array.fromAsync(items, (item) => {
    const { success, data } = partnerSchema.safeParse(withoutNulls(item));
    if (success) return data;
    throw new UnreachableError(`${graph.name} lists a partner that cannot be read, ${String(item.id)}.`);
  });
}

/** Graph says `null` of what it does not know. */
function withoutNulls(item: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(item).filter(([, value]) => value !== null));
}
