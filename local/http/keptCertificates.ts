import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Certificates, createCertificates, writeAuthority } from './certificates.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const SERVER_FILE = 'server.pem';

/**
 * The certificates that a directory keeps, so that a process which trusts them goes on to do so after the next start;
 * new ones if it has none, or they do not fit together, or end within a day. {@link keepCertificates} writes those.
 *
 * @param now milliseconds since the epoch
 */
export async function readCertificates(directory: string, now = Date.now()): Promise<Certificates> {
  const kept = await readKept(directory).catch(() => undefined);
  return kept && isGood(kept, now) ? kept : createCertificates();
}

/**
 * Keeps certificates in a directory: the authority's in `ca.pem`, for `NODE_EXTRA_CA_CERTS`, and the server's with its
 * key, for this user only. Returns the path of `ca.pem`.
 */
export async function keepCertificates(certificates: Certificates, directory: string): Promise<string> {
  const file = await writeAuthority(certificates, directory);
  const { key, cert } = certificates;
  await writeFile(join(directory, SERVER_FILE), `${key}\n${cert}\n`, { mode: 0o600 });
  return file;
}

async function readKept(directory: string): Promise<Certificates> {
  const ca = await readFile(join(directory, 'ca.pem'), 'utf8');
  const server = await readFile(join(directory, SERVER_FILE), 'utf8');
  const [key = '', cert = ''] = server.match(/-----BEGIN [\s\S]+?-----END [^-]+-----/g) ?? [];
  return { ca, key, cert };
}

function isGood({ ca, key, cert }: Certificates, now: number): boolean {
  try {
    const authority = new X509Certificate(ca);
    const certificate = new X509Certificate(cert);
    return (
      certificate.verify(authority.publicKey) &&
      certificate.checkPrivateKey(createPrivateKey(key)) &&
      Date.parse(certificate.validFrom) <= now &&
      Date.parse(certificate.validTo) >= now + DAY_MS
    );
  } catch {
    return false;
  }
}
