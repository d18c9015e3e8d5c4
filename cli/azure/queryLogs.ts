import { asArray, asObject } from '../../shared/kit/json.ts';
import { openApi, RefusedError } from './callAzure.ts';
import type { AzureService } from './signIn.ts';

/**
 * Asks a workspace. Source: "Azure Monitor Log Analytics API, query".
 *
 * @param timespan ISO 8601, such as P30D
 * @returns the rows, by the names of the columns; none if the workspace does not have the table yet
 * @throws {RefusedError} and {UnreachableError} as the API does
 */
export async function queryLogs(
  api: AzureService,
  workspaceId: string,
  body: { readonly query: string; readonly timespan: string },
  options?: { readonly budgetMs: number },
): Promise<Record<string, unknown>[]> {
  try {
    const path = `/v1${workspaceId}/query`;
    // A new workspace has nothing at all, and responds with 204.
    const response = await openApi(api, options).call(path, { method: 'POST', body });
    const [table] = asArray(asObject(response).tables).map(asObject);
    const names = asArray(table?.columns).map((column) => String(asObject(column).name));
    return asArray(table?.rows).map((row) =>
      Object.fromEntries(asArray(row).map((value, index) => [names[index] ?? '', value])),
    );
  } catch (error) {
    if (error instanceof RefusedError && error.status === 400 && isTableMissing(error.reason)) return [];
    throw error;
  }
}

/** A text in a query. */
export function quoteKql(text: string): string {
  return JSON.stringify(text);
}

function isTableMissing(reason: string): boolean {
  return /failed to resolve table/i.test(reason);
}
