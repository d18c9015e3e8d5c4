import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startGraph } from '../../local/graph/graph.ts';
import { samplePartners } from '../../local/graph/samplePartners.ts';
import { createCertificates, writeAuthority } from '../../local/http/certificates.ts';
import { always } from '../../local/http/fault.ts';
import { startIdentity } from '../../local/identity/identity.ts';

it.each([1, 16])(
  'loads telemetry before Graph responds, and after all PATCHes of %i messages are on the wire',
  async (messages) => {
    const directory = await mkdtemp(join(tmpdir(), 'cold-start-'));
    const certificates = await createCertificates();
    const partners = Array.from({ length: messages }, () => ({ ...samplePartners[0], id: randomUUID() }));
    const identity = await startIdentity();
    const graph = await startGraph({ tls: certificates, partners });
    // What never comes is what telemetry cannot have waited for.
    graph.fault = always({ kind: 'hang', apply: true });
    const allAreThere = join(directory, 'all-are-there');
    const arrived = new Set<string | undefined>();
    graph.onEntry(({ externalPartnerId }) => {
      arrived.add(externalPartnerId);
      if (arrived.size === messages) void writeFile(allAreThere, '');
    });
    const bodies = partners.map(({ id }) => ({ externalPartnerId: id, enableConnection: true }));
    const app = fork('test/helpers/coldApp.ts', [allAreThere, JSON.stringify(bodies)], {
      env: {
        ...process.env,
        ServiceBusConnection__fullyQualifiedNamespace: 'contoso.servicebus.windows.net',
        REQUESTS_QUEUE: 'requests',
        RESULTS_TOPIC: 'results',
        GRAPH_BASE_URL: graph.url,
        APPLICATIONINSIGHTS_CONNECTION_STRING: `InstrumentationKey=${randomUUID()}`,
        IDENTITY_ENDPOINT: identity.endpoint,
        IDENTITY_HEADER: identity.header,
        NODE_EXTRA_CA_CERTS: await writeAuthority(certificates, directory),
      },
    });
    try {
      const [wereThere] = await Promise.race([once(app, 'message'), once(app, 'exit')]);
      expect(wereThere).toBe(true);
      expect(arrived).toEqual(new Set(partners.map(({ id }) => id)));
    } finally {
      app.kill('SIGKILL');
      await Promise.all([identity.close(), graph.close()]);
      await rm(directory, { recursive: true, force: true });
    }
  },
);
