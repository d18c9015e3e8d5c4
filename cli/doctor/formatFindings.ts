import { sanitize } from '../../shared/kit/sanitize.ts';
import type { Line } from '../terminal/print.ts';
import { layOutTable } from '../terminal/table.ts';
import type { Finding } from './check.ts';

export type NamedFinding = Finding & { readonly name: string };

const colours = { ok: 'green', wrong: 'red', skipped: 'yellow' } as const;

/** One table, in which what to do stands below what is not right, and a line that sums it up. */
export function formatFindings(findings: readonly NamedFinding[]): Line[] {
  const { title, rows } = layOutTable({
    titles: ['check', 'is', 'seen'],
    rows: findings.map(({ name, status, seen }) => [name, { text: status, style: colours[status] }, seen]),
    beside: 2,
  });
  const withAdvice = rows.flatMap((lines, index) => {
    const finding = findings[index];
    return finding === undefined || finding.status === 'ok'
      ? lines
      : [...lines, `  → ${sanitize(finding.todo)}`];
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
