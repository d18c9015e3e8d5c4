import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type IngestionStandIn, startIngestion } from '../../local/applicationInsights/ingestion.ts';
import { type GraphStandIn, startGraph } from '../../local/graph/graph.ts';
import { samplePartners } from '../../local/graph/samplePartners.ts';
import { createCertificates, writeAuthority } from '../../local/http/certificates.ts';
import { always } from '../../local/http/fault.ts';
import { type IdentityStandIn, startIdentity } from '../../local/identity/identity.ts';

let directory: string;
let caFile: string;
let identity: IdentityStandIn;
let graph: GraphStandIn;
let ingestion: IngestionStandIn;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cold-start-'));
  const tls = await createCertificates();
  caFile = await writeAuthority(tls, directory);
  identity = await startIdentity();
  graph = await startGraph({ tls });
  ingestion = await startIngestion({ tls });
});
afterEach(async () => {
  await Promise.all([identity.close(), graph.close(), ingestion.close()]);
  await rm(directory, { recursive: true, force: true });
});

/** A helper in a fresh process, on the stand-ins. */
function startProcess(helper: string, ...args: string[]) {
  return fork(`test/helpers/${helper}`, args, {
    env: {
      ...process.env,
      // It makes Node load the built-in fetch as it starts.
      NODE_USE_ENV_PROXY: undefined,
      ServiceBusConnection__fullyQualifiedNamespace: 'contoso.servicebus.windows.net',
      REQUESTS_QUEUE: 'requests',
      RESULTS_TOPIC: 'results',
      GRAPH_BASE_URL: graph.url,
      APPLICATIONINSIGHTS_CONNECTION_STRING: ingestion.connectionString,
      APPLICATION_INSIGHTS_NO_STATSBEAT: '1',
      IDENTITY_ENDPOINT: identity.endpoint,
      IDENTITY_HEADER: identity.header,
      NODE_EXTRA_CA_CERTS: caFile,
    },
  });
}

it.each([1, 16])(
  'loads telemetry before Graph responds, and after all PATCHes of %i messages are on the wire',
  async (messages) => {
    const ids = Array.from({ length: messages }, () => randomUUID());
    for (const id of ids) graph.partners.set(id, { ...samplePartners[0], id });
    // What never comes is what telemetry cannot have waited for.
    graph.fault = always({ kind: 'hang', apply: true });
    const allAreThere = join(directory, 'all-are-there');
    const arrived = new Set<string | undefined>();
    graph.onEntry(({ externalPartnerId }) => {
      arrived.add(externalPartnerId);
      if (arrived.size === messages) void writeFile(allAreThere, '');
    });
    const bodies = ids.map((id) => ({ externalPartnerId: id, enableConnection: true }));
    const app = startProcess('coldApp.ts', allAreThere, JSON.stringify(bodies));
    try {
      const [wereThere] = await Promise.race([once(app, 'message'), once(app, 'exit')]);
      expect(wereThere).toBe(true);
      expect(arrived).toEqual(new Set(ids));
    } finally {
      app.kill('SIGKILL');
    }
  },
);

it('applies and records a request without loading the built-in fetch', async () => {
  const [{ id, enableConnection }] = samplePartners;
  const body = { externalPartnerId: id, enableConnection: !enableConnection };
  const app = startProcess('coldBundle.ts', JSON.stringify(body));
  try {
    const [loaded] = await Promise.race([once(app, 'message'), once(app, 'exit')]);
    expect(loaded).toEqual({ byTheApp: false, byFetch: true });
    expect(graph.partners.get(id)?.enableConnection).toBe(!enableConnection);
    expect(ingestion.events()).toMatchObject([{ properties: { outcome: 'applied' } }]);
  } finally {
    app.kill('SIGKILL');
  }
});
