import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What the stand-ins need to speak TLS, and whom a client has to trust. */
export type Certificates = {
  /** The authority's certificate, PEM. */
  readonly ca: string;
  /** The server's private key, PEM. */
  readonly key: string;
  /** The server's certificate for localhost, 127.0.0.1 and ::1, PEM. */
  readonly cert: string;
};

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const HOUR_MS = 60 * 60 * 1000;
const LIFETIME_MS = 90 * 24 * HOUR_MS;

/**
 * Makes a certificate authority and one server certificate signed by it. The authority's private key cannot be
 * exported and is dropped at once: to trust the authority is to trust this one server, and nothing that is made later.
 */
export async function createCertificates(): Promise<Certificates> {
  const x509 = await loadX509();
  // An hour ago, for the sake of containers and virtual machines whose clocks lag behind the host's.
  const notBefore = new Date(Date.now() - HOUR_MS);
  const validity = { notBefore, notAfter: new Date(notBefore.getTime() + LIFETIME_MS) };

  const authorityKeys = await generateKeys({ extractable: false });
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=Local stand-ins (this machine only)',
    keys: authorityKeys,
    signingAlgorithm: ALGORITHM,
    ...validity,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(authorityKeys.publicKey),
    ],
  });

  const serverKeys = await generateKeys({ extractable: true });
  const server = await x509.X509CertificateGenerator.create({
    subject: 'CN=localhost',
    issuer: authority.subject,
    publicKey: serverKeys.publicKey,
    signingKey: authorityKeys.privateKey,
    signingAlgorithm: ALGORITHM,
    ...validity,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        { type: 'dns', value: 'localhost' },
        { type: 'ip', value: '127.0.0.1' },
        { type: 'ip', value: '::1' },
      ]),
      await x509.AuthorityKeyIdentifierExtension.create(authorityKeys.publicKey),
      await x509.SubjectKeyIdentifierExtension.create(serverKeys.publicKey),
    ],
  });

  const privateKey = await crypto.subtle.exportKey('pkcs8', serverKeys.privateKey);
  return {
    ca: `${authority.toString('pem')}\n`,
    key: x509.PemConverter.encode(privateKey, 'PRIVATE KEY'),
    cert: server.toString('pem'),
  };
}

/**
 * Writes the authority's certificate to `ca.pem` in a directory, for `NODE_EXTRA_CA_CERTS` of processes that are to
 * trust it.
 *
 * @returns the path of the file
 */
export async function writeAuthority({ ca }: Certificates, directory: string): Promise<string> {
  const file = join(directory, 'ca.pem');
  await mkdir(directory, { recursive: true });
  await writeFile(file, ca);
  return file;
}

function generateKeys({ extractable }: { extractable: boolean }) {
  return crypto.subtle.generateKey(ALGORITHM, extractable, ['sign', 'verify']);
}

/**
 * The library's dependency injection does not load without the three metadata functions of the `reflect-metadata`
 * package, and then finds no metadata to work with: functions that know of none are all it needs.
 */
async function loadX509() {
  if (!('getMetadata' in Reflect)) {
    const none = () => undefined;
    Object.assign(Reflect, { getMetadata: none, getOwnMetadata: none, defineMetadata: none });
  }
  return import('@peculiar/x509');
}
