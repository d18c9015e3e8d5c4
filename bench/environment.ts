import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { startIngestion } from '../local/applicationInsights/ingestion.ts';
import { startBlobStorage } from '../local/blobStorage/blobStorage.ts';
import { type GraphStandIn, startGraph } from '../local/graph/graph.ts';
import { createCertificates, writeAuthority } from '../local/http/certificates.ts';
import { startIdentity } from '../local/identity/identity.ts';
import { partners } from './partners.ts';

/** How long Graph takes for its response, in milliseconds. */
export type GraphMs = 0 | 100 | 300;

/** What the processes under test talk to. */
export type BenchEnvironment = Awaited<ReturnType<typeof startEnvironment>>;

/** Starts the stand-ins: some in this process, for exact times of arrival, some in their own, for full speed. */
export async function startEnvironment(directory: string) {
  const tls = await createCertificates();
  const caFile = await writeAuthority(tls, directory);
  const identity = await startIdentity();
  const ingestion = await startIngestion({ tls, keep: 0 });
  const storage = await startBlobStorage({ tls, containers: ['windows'], keep: 0 });

  const variables = (graphUrl: string, storageUrl: string, connectionString: string): NodeJS.ProcessEnv => ({
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    ServiceBusConnection__fullyQualifiedNamespace: 'bench.servicebus.windows.net',
    REQUESTS_QUEUE: 'requests',
    RESULTS_TOPIC: 'results',
    GRAPH_BASE_URL: graphUrl,
    AzureWebJobsStorage__blobServiceUri: storageUrl,
    BENCH_TOKEN: 'ready',
    IDENTITY_ENDPOINT: identity.endpoint,
    IDENTITY_HEADER: identity.header,
    APPLICATIONINSIGHTS_CONNECTION_STRING: connectionString,
    NODE_EXTRA_CA_CERTS: caFile,
  });

  const startHere = async (latencyMs: GraphMs) => {
    const graph = await startGraph({ tls, partners, latencyMs, keep: 0 });
    return { graph, variables: variables(graph.url, storage.url, ingestion.connectionString) };
  };
  const here: Record<GraphMs, { graph: GraphStandIn; variables: NodeJS.ProcessEnv }> = {
    0: await startHere(0),
    100: await startHere(100),
    300: await startHere(300),
  };
  const own = await Promise.all([
    startStandIn({ kind: 'graph', tls, latencyMs: 0 }),
    startStandIn({ kind: 'graph', tls, latencyMs: 100 }),
    startStandIn({ kind: 'storage', tls }),
    startStandIn({ kind: 'ingestion', tls }),
  ]);
  const [graphAtOnce, graphAt100Ms, ownStorage, ownIngestion] = own;

  return {
    /** Graph in this process, and the variables for the processes under test, by how long it takes. */
    here,
    /** The variables for the processes under test if Graph is in a process of its own. */
    apart: {
      0: variables(graphAtOnce.address, ownStorage.address, ownIngestion.address),
      100: variables(graphAt100Ms.address, ownStorage.address, ownIngestion.address),
    },
    async close() {
      for (const { child } of own) if (child.connected) child.disconnect();
      const graphs = Object.values(here).map(({ graph }) => graph.close());
      await Promise.all([identity.close(), ingestion.close(), storage.close(), ...graphs]);
    },
  };
}

async function startStandIn(options: object) {
  const child = fork(join(import.meta.dirname, 'standInProcess.ts'), [JSON.stringify(options)]);
  const [address] = (await once(child, 'message')) as [string];
  return { child, address };
}
