import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createCertificates, writeAuthority } from '../../../local/http/certificates.ts';
import { startHttpServer } from '../../../local/http/httpServer.ts';
import { keepCertificates, readCertificates } from '../../../local/http/keptCertificates.ts';
import { call } from './httpClient.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

async function aDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'certificates-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

it('who trusts the authority of one start trusts the server of the next', async () => {
  const directory = await aDirectory();
  const ca = await readFile(await keepCertificates(await readCertificates(directory), directory), 'utf8');

  const server = await startHttpServer({
    tls: await readCertificates(directory),
    maxBodyBytes: 0,
    handle: () => ({ status: 200, body: 'trusted' }),
  });
  onTestFinished(() => server.close());

  expect(await call(server.url, { ca })).toMatchObject({ status: 200, text: 'trusted' });
});

it('nothing is written before the certificates are to be kept', async () => {
  const directory = await aDirectory();
  await readCertificates(directory);
  expect(await readdir(directory)).toEqual([]);
});

it('they are kept for 89 days, until a day before they end', async () => {
  const directory = await aDirectory();
  const kept = await readCertificates(directory);
  await keepCertificates(kept, directory);
  const later = (days: number) => readCertificates(directory, Date.now() + days * DAY_MS);

  expect(await later(88)).toEqual(kept);
  expect(await later(89)).not.toEqual(kept);
  expect(await later(-1)).not.toEqual(kept);
});

it.each(['ca.pem', 'server.pem'])('what does not fit together is replaced: another %s', async (name) => {
  const [directory, elsewhere] = [await aDirectory(), await aDirectory()];
  await keepCertificates(await createCertificates(), directory);
  const other = await createCertificates();
  await keepCertificates(other, elsewhere);
  await writeFile(join(directory, name), await readFile(join(elsewhere, name)));

  const { ca } = await readCertificates(directory);

  expect([other.ca, await readFile(join(directory, 'ca.pem'), 'utf8')]).not.toContain(ca);
});

it('an authority without a key for its server is replaced', async () => {
  const directory = await aDirectory();
  const other = await createCertificates();
  await writeAuthority(other, directory);
  expect((await readCertificates(directory)).ca).not.toBe(other.ca);
});

it.skipIf(process.platform === 'win32')('the key is for this user only', async () => {
  const directory = await aDirectory();
  await keepCertificates(await createCertificates(), directory);
  expect((await stat(join(directory, 'server.pem'))).mode & 0o077).toBe(0);
});
