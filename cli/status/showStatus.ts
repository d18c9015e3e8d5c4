import { setTimeout as sleep } from 'node:timers/promises';
import type { InputOf } from '../command/definition.ts';
import { exitCodes } from '../command/exitCodes.ts';
import type { Check } from '../doctor/check.ts';
import type { NamedFinding } from '../doctor/formatFindings.ts';
import { probe } from '../doctor/probe.ts';
import { healthChecks } from '../health/healthChecks.ts';
import { newestRecordCheck } from '../health/newestRecordCheck.ts';
import { type Installation, readInstallation } from '../health/readInstallation.ts';
import { runChecks } from '../health/runChecks.ts';
import { findSources } from '../health/sources.ts';
import { withNamespace } from '../serviceBus/connect.ts';
import { findTarget } from '../serviceBus/target.ts';
import { clearScreen, print, printJson, printSome } from '../terminal/print.ts';
import { untilStopped } from '../terminal/untilStopped.ts';
import type { status as command } from './command.ts';
import { formatStatus, statusJson } from './formatStatus.ts';

type StatusInput = InputOf<typeof command>;

const INTERVAL_MS = 5_000;

export function showStatus(input: StatusInput): Promise<number> {
  const target = findTarget(input.namespace);
  const sources = findSources(target);
  return withNamespace(input, async (namespace) => {
    const once = async () => {
      const installation = await readInstallation(namespace, target, sources);
      const checks: Check[] = [
        ...healthChecks(async () => installation, sources.env),
        newestRecordCheck(sources, installation),
        ...(input.probe === undefined ? [] : [probe(namespace, input.probe)]),
      ];
      const findings = await runChecks(checks);
      const isRead = await printSome(() => show(installation, findings, input));
      return { findings, isRead };
    };
    if (!input.watch) return exitCodeOf((await once()).findings);
    const signal = untilStopped();
    while ((await once()).isRead && !signal.aborted) {
      await sleep(INTERVAL_MS, undefined, { signal }).catch(() => {});
    }
    return exitCodes.done;
  });
}

async function show(
  installation: Installation,
  findings: readonly NamedFinding[],
  { json, watch }: StatusInput,
): Promise<void> {
  if (json) return printJson(statusJson(installation, findings));
  if (watch) clearScreen();
  await print(...formatStatus(installation, findings));
}

function exitCodeOf(findings: readonly NamedFinding[]): number {
  return findings.some(({ status }) => status === 'wrong') ? exitCodes.wrong : exitCodes.done;
}
