/** Sends records through the telemetry bundle that the first argument names: connection string and records follow. */
import { createRequire } from 'node:module';
import type * as applicationInsights from '../../shared/report/applicationInsights.ts';

/** What {@link applicationInsights.TelemetrySink.send} takes. */
export type TelemetryRecord = Parameters<applicationInsights.TelemetrySink['send']>;

if (import.meta.main) {
  const [bundle = '', connectionString = '', records = '[]'] = process.argv.slice(2);
  const require = createRequire(import.meta.url);
  const { createApplicationInsights } = require(bundle) as typeof applicationInsights;
  const sink = createApplicationInsights({
    connectionString,
    role: { name: 'toggle', instance: 'instance-1' },
    warn: console.warn,
  });
  for (const record of JSON.parse(records) as TelemetryRecord[]) sink.send(...record);
  await sink.flush();
  process.exit();
}
