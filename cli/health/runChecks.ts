import type { Check } from '../doctor/check.ts';
import type { NamedFinding } from '../doctor/formatFindings.ts';

/** Runs checks one after the other, in their order. */
export async function runChecks(checks: readonly Check[]): Promise<NamedFinding[]> {
  const findings: NamedFinding[] = [];
  for (const { name, run } of checks) findings.push({ name, ...(await run()) });
  return findings;
}
