import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCertificates, writeAuthority } from '../../local/http/certificates.ts';
import local from '../../local.settings.json' with { type: 'json' };
import { type SnippetRunner, startSnippetRunner } from './snippetRunner.ts';
import { snippetsOf } from './snippets.ts';

const { REQUESTS_QUEUE } = local.Values;
const page = 'docs/guides/sdk.md';
/** The client takes a namespace without a port, and always uses this one. */
const AMQPS_PORT = 5671;
const RUN_TIMEOUT_MS = 110_000;

/** The first Python that has the package; the one of the system may have it where another comes first. */
const python = ['python3', '/usr/bin/python3'].find(
  (command) => spawnSync(command, ['-c', 'import azure.servicebus']).status === 0,
);
if (!python) console.log(`No Python here has azure-servicebus: the snippet of ${page} is not run.`);

/** A credential that does not sign in to Azure, and the certificate authority of this run. */
const preamble = `
import os, sys, time, types
from azure.core.credentials import AccessToken

class DefaultAzureCredential:
    def get_token(self, *scopes, **options):
        return AccessToken("any", int(time.time()) + 3600)

sys.modules["azure.identity"] = types.ModuleType("azure.identity")
sys.modules["azure.identity"].DefaultAzureCredential = DefaultAzureCredential
try:
    import certifi
    certifi.where = lambda: os.environ["SSL_CERT_FILE"]
except ImportError:
    pass
`;

describe.skipIf(!python)('the guide for Python', () => {
  let runner: SnippetRunner;
  let proxy: Server;
  let caFile: string;

  beforeAll(async () => {
    runner = await startSnippetRunner();
    runner.newTicket();
    const certificates = await createCertificates();
    caFile = await writeAuthority(certificates, runner.directory);
    proxy = createServer(certificates, (client) => {
      const serviceBus = connect(runner.serviceBus.port, 'localhost');
      client.pipe(serviceBus).pipe(client);
      client.on('error', () => serviceBus.destroy());
      serviceBus.on('error', () => client.destroy());
    }).listen(AMQPS_PORT, 'localhost');
    await once(proxy, 'listening');
  });
  afterAll(async () => {
    proxy?.close();
    await runner?.stop();
  });

  it('does what it says: sends, drops a duplicate, schedules, cancels, and reads results', async () => {
    const [snippet] = snippetsOf(page).filter(({ language }) => language === 'python');
    const id = (suffix: string) => `${runner.ticket()}-${suffix}`;
    runner.post(id('before'), false);
    await runner.resultOf(id('before'));
    const file = join(runner.directory, 'snippet.py');
    await writeFile(file, `${preamble}${snippet?.code}`);
    const env = {
      ...process.env,
      ...runner.environment(),
      SERVICE_BUS_NAMESPACE: 'localhost',
      SSL_CERT_FILE: caFile,
    };
    const { stdout } = await promisify(execFile)(`${python}`, [file], { env, timeout: RUN_TIMEOUT_MS });
    expect(stdout.split('\n')).toContain(`${runner.ticket()} applied None`);
    const sent = runner.serviceBus.journal.filter(
      ({ queue, type, body }) =>
        queue === REQUESTS_QUEUE &&
        ['enqueued', 'scheduled', 'duplicate'].includes(type) &&
        JSON.parse(String(body ?? '{}')).endOf === undefined,
    );
    const [, enable, duplicate, disable, window, later] = sent.map(({ messageId = '' }) => messageId);
    expect(duplicate).toBe(enable);
    expect(runner.happened(`${enable}`).filter((type) => type === 'duplicate')).toHaveLength(1);
    for (const [id, enableConnection] of [
      [enable, true],
      [disable, false],
      [window, true],
    ] as const) {
      expect(await runner.resultOf(`${id}`)).toMatchObject({
        outcome: 'applied',
        partner: { enableConnection },
      });
    }
    expect(runner.happened(`${later}`)).toEqual(['scheduled', 'cancelled']);
  });
});
