import { DefaultAzureCredential } from '@azure/identity';
import { isLoopback } from '../serviceBus/target.ts';
import { graphOrigins, parseGraphOrigin } from './graphOrigins.ts';
import { type GraphSource, localGraph } from './graphSource.ts';

/**
 * Graph as whoever is signed in with `az login` or `azd auth login`; the stand-in if GRAPH_BASE_URL is on this machine.
 *
 * @param origin of `--graph`; default: GRAPH_BASE_URL, else the global cloud
 * @throws {UsageError} if GRAPH_BASE_URL is no Graph
 */
export function signedInGraph(
  origin: string | undefined,
  env: Readonly<Record<string, string | undefined>> = process.env,
): GraphSource {
  const url = env.GRAPH_BASE_URL?.trim() || graphOrigins[0] || '';
  if (origin === undefined && URL.canParse(url) && isLoopback(new URL(url).hostname)) return localGraph();
  const baseUrl = origin ?? parseGraphOrigin(url, 'GRAPH_BASE_URL');
  return {
    baseUrl,
    credential: new DefaultAzureCredential(),
    scope: `${baseUrl}/.default`,
    name: baseUrl,
    hint: 'Check your network.',
    permissionHint: '',
    isInteractive: false,
  };
}
