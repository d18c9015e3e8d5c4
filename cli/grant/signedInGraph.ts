import { DefaultAzureCredential } from '@azure/identity';
import { UsageError } from '../command/errors.ts';
import { type GraphSource, graphOrigins, localGraph } from '../partners/graphSource.ts';
import { isLoopback } from '../serviceBus/target.ts';

/**
 * Graph as whoever is signed in with `az login` or `azd auth login`; the stand-in if GRAPH_BASE_URL is on this machine.
 *
 * @param origin of `--graph`; default: GRAPH_BASE_URL, else the global cloud
 * @throws {UsageError} if that is no Graph
 */
export function signedInGraph(
  origin: string | undefined,
  env: Readonly<Record<string, string | undefined>> = process.env,
): GraphSource {
  const [source, url] =
    origin === undefined
      ? ['GRAPH_BASE_URL', env.GRAPH_BASE_URL?.trim() || graphOrigins[0]]
      : ['--graph', origin];
  const baseUrl = url?.replace(/\/$/, '') ?? '';
  if (origin === undefined && URL.canParse(baseUrl) && isLoopback(new URL(baseUrl).hostname))
    return localGraph();
  if (!graphOrigins.includes(baseUrl)) {
    throw new UsageError(`${source} is ${url}; write ${graphOrigins.join(' or ')}.`);
  }
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
