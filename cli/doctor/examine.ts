import type { Result } from '../../shared/contract/resultSchema.ts';
import { openApi } from '../azure/callAzure.ts';
import { graphOfPartners, localGraph, signedInGraph } from '../azure/graph.ts';
import { azureServices, localServices } from '../azure/services.ts';
import type { InputOf } from '../command/definition.ts';
import { exitCodes } from '../command/exitCodes.ts';
import { readResults } from '../results/readResults.ts';
import { withNamespace } from '../serviceBus/connect.ts';
import type { Namespace } from '../serviceBus/namespace.ts';
import { isUnauthorized } from '../serviceBus/problem.ts';
import { findTarget } from '../serviceBus/target.ts';
import { readSettings } from '../settings.ts';
import { print, printJson } from '../terminal/print.ts';
import { callerChecks } from './callerChecks.ts';
import type { Check } from './check.ts';
import type { doctor as command } from './command.ts';
import { formatFindings, type NamedFinding } from './formatFindings.ts';
import { grantCheck } from './grantCheck.ts';
import { instancesCheck } from './instancesCheck.ts';
import { messagingChecks } from './messagingChecks.ts';
import { probe } from './probe.ts';
import { rolesCheck } from './rolesCheck.ts';
import { signInCheck } from './signInCheck.ts';
import { telemetryCheck } from './telemetryCheck.ts';

type DoctorInput = InputOf<typeof command>;

export async function examine(input: DoctorInput): Promise<number> {
  const target = findTarget(input.namespace);
  const env: Readonly<Record<string, string | undefined>> = target.isLocal ? readSettings() : process.env;
  const graph = target.isLocal ? localGraph() : signedInGraph(undefined);
  const { resourceManager, logAnalytics } = target.isLocal
    ? localServices(graph.credential)
    : azureServices(graph.baseUrl, graph.credential);

  const signIn = { deviceCode: input['device-code'], tenantId: input.tenant };
  const partnersGraph = target.isLocal ? graph : graphOfPartners(graph.baseUrl, signIn);
  const checksOf = (namespace: Namespace): Check[] => [
    ...callerChecks(namespace),
    ...messagingChecks(entitiesOf(namespace)),
    rolesCheck({
      ...entitiesOf(namespace),
      identity: env.IDENTITY_PRINCIPAL_ID,
      requesters: env.DEPLOYED_REQUESTERS,
      readers: env.DEPLOYED_READERS,
    }),
    instancesCheck(resourceManager, env.FUNCTION_APP_ID),
    grantCheck(graph, env.IDENTITY_PRINCIPAL_ID),
    telemetryCheck({
      api: logAnalytics,
      workspaceId: env.LOG_ANALYTICS_WORKSPACE_ID,
      componentId: env.APPLICATION_INSIGHTS_ID,
      readResults: () => resultsOf(namespace),
    }),
    ...(input.probe === undefined ? [] : [probe(namespace, openApi(partnersGraph), input.probe)]),
  ];
  function entitiesOf({ requestsQueue, resultsTopic }: Namespace) {
    return {
      api: resourceManager,
      namespaceId: env.SERVICE_BUS_NAMESPACE_ID,
      host: target.isLocal ? undefined : target.host,
      requestsQueue,
      resultsTopic,
    };
  }

  const findings = await runChecks([signInCheck(target)]);
  if (findings.every(({ status }) => status === 'ok')) {
    findings.push(...(await withNamespace(input, (namespace) => runChecks(checksOf(namespace)))));
  }
  await (input.json ? printJson(findings) : print(...formatFindings(findings)));
  return findings.some(({ status }) => status === 'wrong') ? exitCodes.wrong : exitCodes.done;
}

async function runChecks(checks: readonly Check[]): Promise<NamedFinding[]> {
  const findings: NamedFinding[] = [];
  for (const { name, run } of checks) findings.push({ name, ...(await run()) });
  return findings;
}

/** What there is of results; nothing if the caller may not see them, which another check says. */
async function resultsOf(namespace: Namespace): Promise<Result[]> {
  try {
    return await Array.fromAsync(readResults(namespace));
  } catch (error) {
    if (isUnauthorized(error)) return [];
    throw error;
  }
}
