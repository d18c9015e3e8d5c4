import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Certificates, createCertificates } from '../../../local/http/certificates.ts';

/** Certificates for clients in this process, which need no file. */
export async function temporaryCertificates(): Promise<Certificates> {
  const directory = await mkdtemp(join(tmpdir(), 'certificates-'));
  try {
    return await createCertificates({ directory });
  } finally {
    await rm(directory, { recursive: true });
  }
}
