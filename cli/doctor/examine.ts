import type { InputOf } from '../command/definition.ts';
import { exitCodes } from '../command/exitCodes.ts';
import { healthChecks } from '../health/healthChecks.ts';
import { newestRecordCheck } from '../health/newestRecordCheck.ts';
import { type Installation, readInstallation } from '../health/readInstallation.ts';
import { runChecks } from '../health/runChecks.ts';
import { findSources } from '../health/sources.ts';
import { withNamespace } from '../serviceBus/connect.ts';
import type { Namespace } from '../serviceBus/namespace.ts';
import { findTarget } from '../serviceBus/target.ts';
import { print, printJson, printSome } from '../terminal/print.ts';
import { callerChecks } from './callerChecks.ts';
import type { Check } from './check.ts';
import type { doctor as command } from './command.ts';
import { formatFindings } from './formatFindings.ts';
import { grantCheck } from './grantCheck.ts';
import { instancesCheck } from './instancesCheck.ts';
import { messagingChecks } from './messagingChecks.ts';
import { probe } from './probe.ts';
import { rolesCheck } from './rolesCheck.ts';
import { signInCheck } from './signInCheck.ts';

type DoctorInput = InputOf<typeof command>;

export async function examine(input: DoctorInput): Promise<number> {
  const target = findTarget(input.namespace);
  const sources = findSources(target);
  const { env, graph, resourceManager } = sources;
  const checksOf = (namespace: Namespace, installation: Installation): Check[] => [
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
    newestRecordCheck(sources, installation),
    ...healthChecks(async () => installation, env),
    ...(input.probe === undefined ? [] : [probe(namespace, input.probe)]),
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
    const found = await withNamespace(input, async (namespace) =>
      runChecks(checksOf(namespace, await readInstallation(namespace, target, sources))),
    );
    findings.push(...found);
  }
  await printSome(() => (input.json ? printJson(findings) : print(...formatFindings(findings))));
  return findings.some(({ status }) => status === 'wrong') ? exitCodes.wrong : exitCodes.done;
}
