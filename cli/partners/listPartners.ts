import type { ExternalPartner } from '../../shared/contract/resultSchema.ts';
import { readPartner } from '../../shared/graph/graphResponse.ts';
import type { AzureApi } from '../azure/callAzure.ts';
import { itemsOf } from '../azure/pages.ts';
import { UnreachableError } from '../command/errors.ts';

/**
 * Every external partner; "List externalPartners" (Microsoft Graph beta). Of each, what the app knows.
 *
 * @throws {UnreachableError} for whatever Graph, the sign-in or the network says
 */
export async function listPartners(graph: AzureApi): Promise<ExternalPartner[]> {
  const items = itemsOf(graph, '/beta/deviceManagement/virtualEndpoint/externalPartners');
  return Array.fromAsync(items, (item) => {
    const partner = readPartner(item);
    if (partner) return partner;
    throw new UnreachableError(`${graph.name} lists a partner that cannot be read, ${String(item.id)}.`);
  });
}
