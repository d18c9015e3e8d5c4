import { sanitize } from '../../shared/kit/sanitize.ts';
import { layOutTable } from '../terminal/table.ts';
import type { Finding } from './check.ts';

export type NamedFinding = Finding & { readonly name: string };

/** One table, in which what to do stands below what is not right, and a line that sums it up. */
export function formatFindings(findings: readonly NamedFinding[]): string[] {
  const rows = findings.map(({ name, status, seen }) => [name, status, seen]);
  const { title, lines } = layOutTable(['check', 'is', 'seen'], rows, [], Number.POSITIVE_INFINITY);
  const withAdvice = lines.flatMap((line, index) => {
    const finding = findings[index];
    return finding === undefined || finding.status === 'ok'
      ? [line]
      : [line, `  → ${sanitize(finding.todo)}`];
  });
  return [title, ...withAdvice, '', summarize(findings)];
}

function summarize(findings: readonly NamedFinding[]): string {
  const count = (wanted: Finding['status']) => findings.filter(({ status }) => status === wanted).length;
  const wrong = count('wrong');
  const skipped = count('skipped');
  const first = wrong === 0 ? 'Nothing is wrong.' : `${wrong} ${wrong === 1 ? 'is' : 'are'} wrong.`;
  return skipped === 0 ? first : `${first} ${skipped} could not be checked.`;
}
