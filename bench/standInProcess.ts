/** One stand-in in a process of its own, so that it takes no time from what is measured. */

import { startIngestion } from '../local/applicationInsights/ingestion.ts';
import { startGraph } from '../local/graph/graph.ts';
import { partners } from './partners.ts';

const { kind, tls, latencyMs } = JSON.parse(process.argv[2] ?? '{}') as {
  kind: 'graph' | 'ingestion';
  tls: { key: string; cert: string };
  latencyMs: number;
};

process.send?.(
  kind === 'graph'
    ? (await startGraph({ tls, latencyMs, partners, keep: 0 })).url
    : (await startIngestion({ tls, latencyMs, keep: 0 })).connectionString,
);
process.once('disconnect', () => process.exit());
