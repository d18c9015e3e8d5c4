import local from '../local.settings.json' with { type: 'json' };
import type { Result } from '../shared/contract/resultSchema.ts';
import { toJsonLine } from '../shared/kit/sanitize.ts';
import { UsageError } from './command/errors.ts';
import { exitCodes } from './command/exitCodes.ts';
import { isGuid } from './command/guid.ts';
import { readArguments } from './command/readArguments.ts';
import { runCommand } from './command/runCommand.ts';
import { azureApis, localAzureApis } from './doctor/azureApis.ts';
import { callerChecks } from './doctor/callerChecks.ts';
import type { Check } from './doctor/check.ts';
import { formatFindings, type NamedFinding } from './doctor/formatFindings.ts';
import { grantCheck } from './doctor/grantCheck.ts';
import { messagingChecks } from './doctor/messagingChecks.ts';
import { probe } from './doctor/probe.ts';
import { signInCheck } from './doctor/signInCheck.ts';
import { telemetryCheck } from './doctor/telemetryCheck.ts';
import { signedInGraph } from './grant/signedInGraph.ts';
import { graphInAzure, localGraph } from './partners/graphSource.ts';
import { readResults } from './results/readResults.ts';
import { namespaceOptions, namespaceUsage, withNamespace } from './serviceBus/connect.ts';
import type { Namespace } from './serviceBus/namespace.ts';
import { isUnauthorized } from './serviceBus/problem.ts';
import { findTarget } from './serviceBus/target.ts';

const usage = `Say what is right about an installation, and what to do about the rest.

  npm run doctor [-- options]

  --probe PARTNER_ID   also send a request that changes nothing, for the state that this partner is
                       in, and wait for its result; not while someone else changes the partner
  --tenant ID          with --probe: the tenant to sign in to, to see the partner
  --device-code        with --probe: sign in with a code on another device
${namespaceUsage}
  --json               print one JSON array (npm run --silent doctor -- …)
  --help

It asks with your own Entra sign-in (az login or azd auth login), and changes nothing. What to look at
stands in variables that azd sets (azd hooks run postdeploy): SERVICE_BUS_NAMESPACE,
SERVICE_BUS_NAMESPACE_ID, REQUESTS_QUEUE, RESULTS_TOPIC, IDENTITY_PRINCIPAL_ID, GRAPH_BASE_URL,
LOG_ANALYTICS_WORKSPACE_ID and APPLICATION_INSIGHTS_ID.

Exit code: 0 nothing is wrong; 1 something is; 2 wrong usage; 5 Service Bus could not be reached.`;

await runCommand('doctor', usage, async (args) => {
  const { values } = readArguments(args, {
    probe: { type: 'string' },
    tenant: { type: 'string' },
    'device-code': { type: 'boolean', default: false },
    ...namespaceOptions,
    json: { type: 'boolean', default: false },
  });
  if (values.probe !== undefined && !isGuid(values.probe)) {
    throw new UsageError(
      `--probe is ${values.probe}; write the id of a partner, a GUID; npm run partners lists them.`,
    );
  }
  const target = findTarget(values.namespace);
  const env: Readonly<Record<string, string | undefined>> = target.isLocal
    ? { ...local.Values, ...process.env }
    : process.env;
  const graph = target.isLocal ? localGraph() : signedInGraph(undefined);
  const { resourceManager, logAnalytics } = target.isLocal
    ? localAzureApis(graph.credential)
    : azureApis(graph.baseUrl, graph.credential);

  const checksOf = (namespace: Namespace): Check[] => [
    ...callerChecks(namespace),
    ...messagingChecks({
      api: resourceManager,
      namespaceId: env.SERVICE_BUS_NAMESPACE_ID,
      host: target.isLocal ? undefined : target.host,
      requestsQueue: namespace.requestsQueue,
      resultsTopic: namespace.resultsTopic,
    }),
    grantCheck(graph, env.IDENTITY_PRINCIPAL_ID),
    telemetryCheck({
      api: logAnalytics,
      workspaceId: env.LOG_ANALYTICS_WORKSPACE_ID,
      componentId: env.APPLICATION_INSIGHTS_ID,
      readResults: () => resultsOf(namespace),
    }),
    ...(values.probe === undefined ? [] : [probe(namespace, graphOfPartners(), values.probe)]),
  ];
  function graphOfPartners() {
    const { tenant, 'device-code': deviceCode } = values;
    if (target.isLocal) return graph;
    return graphInAzure(graph.baseUrl, { deviceCode, ...(tenant !== undefined && { tenantId: tenant }) });
  }

  const findings = await runChecks([signInCheck(target)]);
  if (findings.every(({ status }) => status === 'ok')) {
    findings.push(...(await withNamespace(values, (namespace) => runChecks(checksOf(namespace)))));
  }
  console.log(values.json ? toJsonLine(findings) : formatFindings(findings));
  return findings.some(({ status }) => status === 'wrong') ? exitCodes.wrong : exitCodes.done;
});

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
