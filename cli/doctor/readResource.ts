import { asObject } from '../../shared/kit/json.ts';
import { openApi, RefusedError } from '../azure/callAzure.ts';
import type { AzureService } from '../azure/signIn.ts';
import { UnreachableError } from '../command/errors.ts';
import { type Problem, skipped, unexpectedResponse, unreachable } from './check.ts';

/** What Resource Manager says of a resource, or why that is not known. */
export type ResourceResponse = { readonly json: Readonly<Record<string, unknown>> } | 'missing' | Problem;

/**
 * @param path the id of the resource, or of a list of them, with its query
 * @param what the caller may not see if it is refused, as "how the namespace is set up"
 */
export async function readResource(api: AzureService, path: string, what: string): Promise<ResourceResponse> {
  try {
    return { json: asObject(await openApi(api, { budgetMs: 0 }).call(path)) };
  } catch (error) {
    if (error instanceof RefusedError) {
      const { status } = error;
      if (status === 404) return 'missing';
      if (status !== 403) return unexpectedResponse(api.name, status);
      return skipped(`you may not see ${what}`, 'Ask for the role Reader on it.');
    }
    if (error instanceof UnreachableError) return unreachable(error);
    throw error;
  }
}
