import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Certificates, createCertificates, writeAuthority } from '../../../local/http/certificates.ts';
import { type HttpServer, startHttpServer } from '../../../local/http/httpServer.ts';

let directory: string;
let certificates: Certificates;
let caFile: string;
let server: HttpServer;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'certificates-'));
  certificates = await createCertificates();
  caFile = await writeAuthority(certificates, directory);
  server = await startHttpServer({
    tls: certificates,
    maxBodyBytes: 0,
    handle: () => ({ status: 200, body: 'trusted' }),
  });
});

afterAll(async () => {
  await server?.close();
  await rm(directory, { recursive: true, force: true });
});

it('a process that has the authority in NODE_EXTRA_CA_CERTS fetches over TLS', async () => {
  expect(await fetchInChild(server.url, { NODE_EXTRA_CA_CERTS: caFile })).toBe('trusted');
});

it('a process without it refuses the certificate', async () => {
  expect(await fetchInChild(server.url, {})).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
});

it('a process that trusts the authority of another run refuses the certificate', async () => {
  const other = await writeAuthority(await createCertificates(), join(directory, 'other'));
  expect(await fetchInChild(server.url, { NODE_EXTRA_CA_CERTS: other })).not.toBe('trusted');
});

it('the server certificate names localhost and both loopback addresses and is signed by the authority', () => {
  const authority = new X509Certificate(certificates.ca);
  const certificate = new X509Certificate(certificates.cert);
  expect(certificate.checkHost('localhost')).toBe('localhost');
  expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
  expect(certificate.checkIP('::1')).toBe('::1');
  expect(certificate.checkHost('graph.microsoft.com')).toBeUndefined();
  expect(certificate.verify(authority.publicKey)).toBe(true);
  expect(certificate.checkIssued(authority)).toBe(true);
  expect([authority.ca, certificate.ca]).toEqual([true, false]);
});

it('only the certificate of the authority is written, no key', async () => {
  expect((await readdir(directory)).filter((name) => name !== 'other')).toEqual(['ca.pem']);
  expect(await readFile(caFile, 'utf8')).toBe(certificates.ca);
  expect(certificates.ca).not.toContain('PRIVATE');
});

async function fetchInChild(url: string, env: Record<string, string>): Promise<string> {
  const { NODE_EXTRA_CA_CERTS: _, ...inherited } = process.env;
  const script =
    'fetch(process.argv[1]).then((r) => r.text(), (e) => e.cause.code).then((text) => console.log(text))';
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script, url], {
    env: { ...inherited, ...env },
  });
  return stdout.trim();
}
