import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { createCertificates, writeAuthority } from '../../../local/http/certificates.ts';
import { startHttpServer } from '../../../local/http/httpServer.ts';
import { appRoot, createHostUnderTest, type HostUnderTest } from './hostUnderTest.ts';

let host: HostUnderTest;
let directory: string;
beforeEach(async () => {
  host = await createHostUnderTest();
  directory = await mkdtemp(join(tmpdir(), 'host-'));
});
afterEach(async () => {
  await host.close();
  await rm(directory, { recursive: true, force: true });
});

/** A server, and the file with the authority that its certificate is of. */
async function aServer(name: string) {
  const tls = await createCertificates();
  const server = await startHttpServer({ tls, maxBodyBytes: 0, handle: () => ({ status: 200 }) });
  onTestFinished(() => server.close());
  return { url: server.url, caFile: await writeAuthority(tls, join(directory, name)) };
}

/** The probe with a setting of its own in local.settings.json. */
async function probeWith(setting: Readonly<Record<string, string>>): Promise<string> {
  const app = join(directory, 'app');
  await cp(appRoot('probe'), app, { recursive: true });
  await symlink(resolve('node_modules'), join(app, 'node_modules'), 'junction');
  const Values = { REQUESTS_QUEUE: 'requests', RESULTS_QUEUE: 'results', ...setting };
  await writeFile(join(app, 'local.settings.json'), JSON.stringify({ IsEncrypted: false, Values }));
  return app;
}

it('trusts the certificates that local.settings.json names, and those that the environment names', async () => {
  const [standIn, proxy] = await Promise.all([aServer('stand-in'), aServer('proxy')]);
  const app = await probeWith({ NODE_EXTRA_CA_CERTS: standIn.caFile });
  await host.start({ Bus: host.bus.connectionString, NODE_EXTRA_CA_CERTS: proxy.caFile }, app);
  await host.send(
    { body: standIn.url, messageId: 'm1', sessionId: 's1' },
    { body: proxy.url, messageId: 'm2', sessionId: 's1' },
  );
  await host.until(() => host.results.length === 2, 'both responses');
  expect(host.results.map(({ body }) => body)).toEqual([{ status: 200 }, { status: 200 }]);
});

it('says that it cannot read the certificates that local.settings.json names', async () => {
  const app = await probeWith({ NODE_EXTRA_CA_CERTS: join(directory, 'missing.pem') });
  await host.start(undefined, app);
  await host.until(
    () => host.logged('NODE_EXTRA_CA_CERTS of local.settings.json').length === 1,
    'the warning',
  );
});
