import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { createCertificates } from '../../local/http/certificates.ts';

/**
 * A certificate for stand-ins in this thread, which clients in it trust from now on: what `NODE_EXTRA_CA_CERTS` does
 * for a process as it starts.
 */
export async function trustedCertificate(): Promise<{ readonly key: string; readonly cert: string }> {
  const { ca, key, cert } = await createCertificates();
  setDefaultCACertificates([...getCACertificates('default'), ca]);
  return { key, cert };
}
