import type { Result } from '../../shared/contract/resultSchema.ts';
import { RefusedError } from '../azure/callAzure.ts';
import { queryLogs, quoteKql } from '../azure/queryLogs.ts';
import type { AzureService } from '../azure/signIn.ts';
import { UnreachableError } from '../command/errors.ts';
import { describeDuration } from '../command/time.ts';
import {
  type Check,
  type Finding,
  ok,
  skipped,
  unexpectedResponse,
  unreachable,
  unset,
  wrong,
} from './check.ts';

/** How long a record may take to get into the workspace ("Log data ingestion time in Azure Monitor"). */
const INGESTION_MS = 10 * 60_000;
/** A result and its record have times of two clocks. */
const SKEW_MS = 60_000;

/**
 * Whether records arrive: the newest must not be older than a result that has been there for long.
 *
 * @param componentId of Application Insights, if several send to the workspace
 * @param readResults what is known of results; none if the caller may not read them
 */
export function telemetryCheck({
  api,
  workspaceId,
  componentId,
  readResults,
  now = Date.now,
}: {
  api: AzureService;
  workspaceId: string | undefined;
  componentId: string | undefined;
  readResults(): Promise<readonly Pick<Result, 'completedAt'>[]>;
  now?: () => number;
}): Check {
  return {
    name: 'Application Insights receives records',
    async run() {
      if (!workspaceId) return unset('LOG_ANALYTICS_WORKSPACE_ID', 'the resource id of the workspace');
      try {
        const body = { query: newestRecord(componentId), timespan: 'P30D' };
        const newest = await askForNewest(api, workspaceId, body);
        return 'status' in newest ? newest : judge(newest.at, await readResults(), now());
      } catch (error) {
        if (error instanceof UnreachableError) return unreachable(error);
        throw error;
      }
    },
  };
}

/** The query: when the newest record of a request was written. */
export function newestRecord(componentId: string | undefined): string {
  const ofComponent = componentId ? ` and _ResourceId =~ ${quoteKql(componentId)}` : '';
  return [
    'AppEvents',
    `| where Name == "ExternalPartnerRequestCompleted"${ofComponent}`,
    '| summarize newest = max(TimeGenerated)',
  ].join('\n');
}

async function askForNewest(
  api: AzureService,
  workspaceId: string,
  body: { readonly query: string; readonly timespan: string },
): Promise<{ readonly at: number | undefined } | Finding> {
  try {
    const [row] = await queryLogs(api, workspaceId, body, { budgetMs: 0 });
    const at = Date.parse(String(row?.newest));
    return { at: Number.isNaN(at) ? undefined : at };
  } catch (error) {
    if (error instanceof RefusedError) return readRefusal(error);
    throw error;
  }
}

function readRefusal({ status }: RefusedError): Finding {
  if (status === 404) {
    return wrong(
      'there is no such workspace',
      'Run azd provision --no-state, or set LOG_ANALYTICS_WORKSPACE_ID to its resource id.',
    );
  }
  if (status === 401 || status === 403) {
    return skipped('you may not query the workspace', 'Ask for the role Log Analytics Reader on it.');
  }
  return unexpectedResponse('Log Analytics', status);
}

function judge(
  newest: number | undefined,
  results: readonly Pick<Result, 'completedAt'>[],
  now: number,
): Finding {
  const unrecorded = results
    .map(({ completedAt }) => Date.parse(completedAt))
    .filter((completedAt) => completedAt < now - INGESTION_MS)
    .find((completedAt) => newest === undefined || completedAt > newest + SKEW_MS);
  if (unrecorded !== undefined) {
    const last = newest === undefined ? 'no record' : `no record since ${new Date(newest).toISOString()}`;
    return wrong(
      `${last}, but a result of ${new Date(unrecorded).toISOString()}`,
      "Look at the app's log: does APPLICATIONINSIGHTS_CONNECTION_STRING name this resource, and has the identity the role Monitoring Metrics Publisher on it?",
    );
  }
  if (newest === undefined) {
    return skipped(
      'no request was recorded in the last 30 days',
      'Send a request, and look again ten minutes later.',
    );
  }
  return ok(`the newest record is ${describeDuration(now - newest)} old`);
}
