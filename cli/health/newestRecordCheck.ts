import type { Check } from '../doctor/check.ts';
import { telemetryCheck } from '../doctor/telemetryCheck.ts';
import type { Installation } from './readInstallation.ts';
import type { Sources } from './sources.ts';

/** Whether the results that can be seen are on record, and how old the newest record is. */
export function newestRecordCheck(
  { logAnalytics, env }: Sources,
  { results }: Pick<Installation, 'results'>,
): Check {
  return telemetryCheck({
    api: logAnalytics,
    workspaceId: env.LOG_ANALYTICS_WORKSPACE_ID,
    componentId: env.APPLICATION_INSIGHTS_ID,
    readResults: async () => ('value' in results ? results.value : []),
  });
}
