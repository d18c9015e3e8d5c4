import { graphOfPartners, localGraph, signedInGraph } from '../azure/graph.ts';
import type { PartnerSignIn } from '../azure/partnerCredential.ts';
import { type AzureServices, azureServices, localServices } from '../azure/services.ts';
import type { AzureService } from '../azure/signIn.ts';
import type { Target } from '../serviceBus/target.ts';
import { readSettings } from '../settings.ts';
import { localWindowStorage, windowStorage } from '../windows/windowStorage.ts';

/** Where everything about an installation can be seen, as the caller. */
export type Sources = AzureServices & {
  readonly graph: AzureService;
  /** Graph as somebody who may see partners; may open a browser. */
  readonly partnersGraph: AzureService;
  /** Where the windows are; absent if no variable says it. */
  readonly windowStorage?: AzureService | undefined;
  /** The variables of azd; locally, the settings of the stand-ins. */
  readonly env: Readonly<Record<string, string | undefined>>;
};

/** @throws {UsageError} if a variable names what it must not */
export function findSources(
  { isLocal }: Target,
  signIn: PartnerSignIn = { tenantId: undefined, deviceCode: false },
): Sources {
  if (isLocal) {
    const graph = localGraph();
    const { credential } = graph;
    return {
      ...localServices(credential),
      graph,
      partnersGraph: graph,
      windowStorage: localWindowStorage(credential),
      env: readSettings(),
    };
  }
  const graph = signedInGraph(undefined);
  const { baseUrl, credential } = graph;
  return {
    ...azureServices(baseUrl, credential),
    graph,
    partnersGraph: graphOfPartners(baseUrl, signIn),
    windowStorage: windowStorage(credential),
    env: process.env,
  };
}
