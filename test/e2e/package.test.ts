import { existsSync } from 'node:fs';
import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import local from '../../local.settings.json' with { type: 'json' };
import { buildApp } from '../../scripts/build.ts';
import { type App, startApp } from '../helpers/app.ts';
import { aPartner } from '../helpers/faults.ts';
import { tools, unpackUpload } from '../helpers/uploads.ts';

const { REQUESTS_QUEUE, RESULTS_TOPIC, MAX_DELIVERY_COUNT } = local.Values;
const settings = { REQUESTS_QUEUE, RESULTS_TOPIC, MAX_DELIVERY_COUNT };

describe.each(Object.entries(tools))('the package that %s uploads', (_, exclusions) => {
  let directory: string;
  let folder: string;
  let files: string[];
  let app: App;
  beforeAll(async () => {
    directory = await realpath(await mkdtemp(join(tmpdir(), 'external-partner-package-')));
    folder = join(directory, 'uploaded');
    await buildApp(join(directory, 'built'));
    files = await unpackUpload(join(directory, 'built'), folder, exclusions);
    app = await startApp(settings, {}, { appRoot: folder });
  });
  afterAll(async () => {
    await app?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  it('holds the bundles, host.json, package.json and the licences, and nothing else', () => {
    expect(files).toEqual([
      'THIRD-PARTY-NOTICES.txt',
      'functions/setExternalPartnerConnection.cjs',
      'host.json',
      'package.json',
      'shared/report/applicationInsights.cjs',
    ]);
  });

  it('names every package that it is made of, with its licence', async () => {
    const notices = await readFile(join(folder, 'THIRD-PARTY-NOTICES.txt'), 'utf8');
    for (const name of ['@azure/identity', '@microsoft/microsoft-graph-client', '@opentelemetry/api'])
      expect(notices).toMatch(new RegExp(`^${name} [\\d.]+ \\((MIT|Apache-2\\.0)\\)$`, 'm'));
    expect(notices).toContain('Apache License');
    // Apache-2.0 asks to hand NOTICE files on, and applicationinsights has one.
    const notice = await readFile('node_modules/applicationinsights/NOTICE', 'utf8');
    expect(notices).toContain(notice.replaceAll('\r\n', '\n').trim());
  });

  it('needs nothing from the folders above it to apply and record a request', async () => {
    for (const above of foldersFrom(folder)) expect(existsSync(join(above, 'node_modules'))).toBe(false);
    const externalPartnerId = aPartner(app);
    const messageId = await app.send(externalPartnerId, { enableConnection: true });
    expect(await app.resultOf(messageId)).toMatchObject({ outcome: 'applied', attempts: 1 });
    expect(app.graph.partners.get(externalPartnerId)?.enableConnection).toBe(true);
    expect((await app.eventOf(messageId)).properties).toMatchObject({ outcome: 'applied' });
  });
});

/** A folder and every folder above it. */
function foldersFrom(folder: string): string[] {
  const above = dirname(folder);
  return above === folder ? [folder] : [folder, ...foldersFrom(above)];
}
