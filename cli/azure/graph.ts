import { existsSync, readFileSync } from 'node:fs';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { DefaultAzureCredential, ManagedIdentityCredential } from '@azure/identity';
import { UsageError } from '../command/errors.ts';
import { LOCAL_HINT, NETWORK_HINT } from '../command/hints.ts';
import { readLocalValues, readSetting, repository } from '../settings.ts';
import { graphOrigins, isLoopback, parseGraphOrigin } from './origins.ts';
import { createPartnerCredential, type PartnerSignIn, SIGN_IN_LIMIT_MS } from './partnerCredential.ts';
import type { AzureService } from './signIn.ts';

/**
 * Graph as whoever is signed in with `az login` or `azd auth login`; the stand-in if GRAPH_BASE_URL is on this machine.
 *
 * @param origin of `--graph`; default: GRAPH_BASE_URL, else the global cloud
 * @throws {UsageError} if GRAPH_BASE_URL is not a Graph
 */
export function signedInGraph(
  origin: string | undefined,
  env: Readonly<Record<string, string | undefined>> = process.env,
): AzureService {
  const url = env.GRAPH_BASE_URL?.trim() || graphOrigins[0];
  if (origin === undefined && isLoopback(url)) return localGraph();
  const baseUrl = origin ?? parseGraphOrigin(url, 'GRAPH_BASE_URL');
  return {
    name: baseUrl,
    baseUrl,
    hint: NETWORK_HINT,
    credential: new DefaultAzureCredential(),
    scope: `${baseUrl}/.default`,
  };
}

/** Graph as somebody who may see external partners. */
export function graphOfPartners(baseUrl: string, signIn: PartnerSignIn): AzureService {
  return {
    name: baseUrl,
    baseUrl,
    hint: NETWORK_HINT,
    permissionHint:
      'To see partners takes the permission CloudPC.Read.All; a person needs a role as well that may read Cloud PCs.',
    credential: createPartnerCredential(baseUrl, signIn),
    scope: `${baseUrl}/CloudPC.Read.All`,
    signInTimeoutMs: 2 * SIGN_IN_LIMIT_MS,
  };
}

/**
 * The stand-in, with its certificate authority and its managed identity.
 *
 * @throws {UsageError} if the variable GRAPH_BASE_URL names another Graph than a local one
 */
export function localGraph(): AzureService {
  const baseUrl = readSetting('GRAPH_BASE_URL');
  if (!isLoopback(baseUrl)) {
    throw new UsageError(
      `The variable GRAPH_BASE_URL is ${baseUrl}, which is not on this machine; unset it, or pass --graph ${graphOrigins[0]} to sign in.`,
    );
  }
  // Node itself trusts what NODE_EXTRA_CA_CERTS names, but that may be set to something else already.
  const authority = new URL(readLocalValues().NODE_EXTRA_CA_CERTS ?? '', repository);
  if (existsSync(authority)) {
    setDefaultCACertificates([...getCACertificates(), readFileSync(authority, 'utf8')]);
  }
  for (const name of ['IDENTITY_ENDPOINT', 'IDENTITY_HEADER']) process.env[name] = readSetting(name);
  return {
    name: 'the local Graph',
    baseUrl,
    hint: LOCAL_HINT,
    credential: new ManagedIdentityCredential(),
    scope: `${baseUrl}/.default`,
  };
}
