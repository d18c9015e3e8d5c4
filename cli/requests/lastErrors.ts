import { CommandError } from '../command/errors.ts';
import type { Seen } from '../health/readInstallation.ts';
import { findSources } from '../health/sources.ts';
import { readRecords } from '../history/readRecords.ts';
import type { Target } from '../serviceBus/target.ts';
import type { RequestMessage } from './readRequests.ts';

/** A request is tried for less than an hour; see docs/faults.md. */
const DAYS = 1;

/** A request, and why its last delivery did not apply it. */
export type TriedRequest = RequestMessage & { readonly lastError?: string };

/**
 * Adds the last error of each request that is tried again, from the records of its deliveries, which come into the
 * workspace some minutes later.
 *
 * @param onUnseen told why the records cannot be seen, if there are any to look for
 */
export async function withLastErrors(
  target: Target,
  requests: readonly RequestMessage[],
  onUnseen: (why: string) => void,
): Promise<readonly TriedRequest[]> {
  const errors = await seeLastErrors(target, requests);
  if ('unseen' in errors) {
    onUnseen(errors.unseen);
    return requests;
  }
  return requests.map((request) => {
    const lastError = errors.value.get(request.messageId);
    return lastError === undefined ? request : { ...request, lastError };
  });
}

async function seeLastErrors(
  target: Target,
  requests: readonly RequestMessage[],
): Promise<Seen<ReadonlyMap<string, string>>> {
  const tried = requests.filter(({ state, deliveryCount }) => state === 'first' && deliveryCount > 0);
  if (tried.length === 0) return { value: new Map() };
  try {
    const { logAnalytics: api, env } = findSources(target);
    const workspaceId = env.LOG_ANALYTICS_WORKSPACE_ID?.trim();
    if (!workspaceId) return { unseen: 'LOG_ANALYTICS_WORKSPACE_ID is not set (azd sets it).' };
    const where = { api, workspaceId, componentId: env.APPLICATION_INSIGHTS_ID?.trim() };
    const partners = [...new Set(tried.map(({ sessionId }) => sessionId))];
    const records = await readRecords(where, { partners }, DAYS, { budgetMs: 0 });
    const errors = records.flatMap(({ kind, properties: { messageId = '', errorCode, errorMessage } }) =>
      kind === 'redelivered' && errorMessage ? [[messageId, `${errorCode}: ${errorMessage}`] as const] : [],
    );
    return { value: new Map(errors) };
  } catch (error) {
    if (error instanceof CommandError) return { unseen: error.message };
    throw error;
  }
}
