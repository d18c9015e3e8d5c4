/** One stand-in in a process of its own, so that it takes no time from what is measured. */

import { startIngestion } from '../local/applicationInsights/ingestion.ts';
import { startBlobStorage } from '../local/blobStorage/blobStorage.ts';
import { startGraph } from '../local/graph/graph.ts';
import { partners } from './partners.ts';

type StandIn = {
  readonly kind: 'graph' | 'ingestion' | 'storage';
  readonly tls: { readonly key: string; readonly cert: string };
  readonly latencyMs?: number;
};

const { kind, ...options } = JSON.parse(process.argv[2] ?? '{}') as StandIn;

const start = {
  graph: async () => (await startGraph({ ...options, partners, keep: 0 })).url,
  storage: async () => (await startBlobStorage({ ...options, containers: ['windows'], keep: 0 })).url,
  ingestion: async () => (await startIngestion({ ...options, keep: 0 })).connectionString,
};

process.send?.(await start[kind]());
process.once('disconnect', () => process.exit());
