import type { Cold } from './cold.ts';
import type { Growth } from './growth.ts';
import type { Package } from './package.ts';
import type { Phases } from './phases.ts';
import type { Sides } from './prepare.ts';
import type { WarmLoad } from './warm.ts';

/** One line of the table. */
export type Row = {
  readonly section: 'cold' | 'warm' | 'growth' | 'package';
  readonly figure: string;
  readonly unit: string;
  /** The bare function when cold, the plain fetch loop when warm. */
  readonly bare?: number;
  readonly app: number;
  readonly byTheDocs?: number;
  readonly target?: { readonly text: string; readonly reached: boolean };
};

const KB = 1000;
const MB = 1000 * KB;

export function coldRows({ bare, app, byTheDocs }: Cold): Row[] {
  const row = (figure: string, key: keyof Cold['app']): Row => ({
    section: 'cold',
    figure,
    unit: 'ms',
    bare: bare[key],
    app: app[key],
    byTheDocs: byTheDocs[key],
  });
  return [
    row('process start → app loaded', 'loadedMs'),
    row('process start → PATCH at Graph', 'patchMs'),
    row('process start → invocation done', 'doneMs'),
    {
      section: 'cold',
      figure: 'PATCH at Graph, against bare',
      unit: '×',
      app: app.patchMs / bare.patchMs,
      byTheDocs: byTheDocs.patchMs / bare.patchMs,
      target: atMost(app.patchMs / bare.patchMs, 1.3),
    },
    {
      section: 'cold',
      figure: 'PATCH at Graph, sooner than by the docs',
      unit: '×',
      app: byTheDocs.patchMs / app.patchMs,
      target: atLeast(byTheDocs.patchMs / app.patchMs, 3),
    },
  ];
}

export function warmRows(loads: readonly WarmLoad[], phases: Phases): Row[] {
  const rows = loads.flatMap(({ graphMs, concurrency, sides: { fetch, app, byTheDocs } }): Row[] => {
    const where = `${concurrency} at a time, Graph ${graphMs === 0 ? 'at once' : `at ${graphMs} ms`}`;
    const row = (figure: string, unit: string, key: keyof typeof app): Row => ({
      section: 'warm',
      figure: `${figure}: ${where}`,
      unit,
      bare: fetch[key],
      app: app[key],
      byTheDocs: byTheDocs[key],
    });
    const isTarget = graphMs === 0 && concurrency === 16;
    const share = app.requestsPerSecond / fetch.requestsPerSecond;
    const moreCpu = app.cpuMs - fetch.cpuMs;
    return [
      row('time per request', 'ms', 'requestMs'),
      {
        ...row('CPU per request', 'ms', 'cpuMs'),
        ...(isTarget && { target: { ...atMost(moreCpu, 1.5), text: 'fetch + 1.5' } }),
      },
      {
        ...row('requests', '/s', 'requestsPerSecond'),
        ...(isTarget && { target: { ...atLeast(share, 0.5), text: '≥ fetch / 2' } }),
      },
    ];
  });
  const split = Object.entries(phases).map(
    ([phase, ms]): Row => ({ section: 'warm', figure: `of one request: ${phase}`, unit: 'ms', app: ms }),
  );
  return [...rows, ...split];
}

export function growthRows(growth: readonly Growth[]): Row[] {
  const rows = growth.flatMap(({ requests, rss, cpuMs, eventLoopDelayMs }): Row[] => {
    const after = `after ${requests.toLocaleString('en')} requests`;
    return [
      { section: 'growth', figure: `RSS ${after}`, unit: 'MB', app: rss / MB },
      { section: 'growth', figure: `CPU per request ${after}`, unit: 'ms', app: cpuMs },
      { section: 'growth', figure: `event-loop delay, p99, ${after}`, unit: 'ms', app: eventLoopDelayMs },
    ];
  });
  const [first, last] = [growth[0], growth.at(-1)];
  if (!first || !last) return rows;
  const rss = last.rss / first.rss;
  const cpu = last.cpuMs / first.cpuMs;
  return [
    ...rows,
    { section: 'growth', figure: 'RSS, last against first', unit: '×', app: rss, target: below(rss, 1.1) },
    { section: 'growth', figure: 'CPU, last against first', unit: '×', app: cpu, target: below(cpu, 1.05) },
  ];
}

export function packageRows(
  { files, bytes, zippedBytes }: Package,
  loaded: Record<keyof Sides, { modules: number; bytes: number }>,
): Row[] {
  const { bare, app, byTheDocs } = loaded;
  return [
    { section: 'package', figure: 'files', unit: '', app: files },
    { section: 'package', figure: 'unzipped', unit: 'kB', app: bytes / KB },
    {
      section: 'package',
      figure: 'zipped',
      unit: 'kB',
      app: zippedBytes / KB,
      target: { ...below(zippedBytes / MB, 1.5), text: '< 1500' },
    },
    {
      section: 'package',
      figure: 'modules loaded before the PATCH',
      unit: '',
      bare: bare.modules,
      app: app.modules,
      byTheDocs: byTheDocs.modules,
    },
    {
      section: 'package',
      figure: 'code loaded before the PATCH',
      unit: 'kB',
      bare: bare.bytes / KB,
      app: app.bytes / KB,
      byTheDocs: byTheDocs.bytes / KB,
    },
  ];
}

/** The rows as a Markdown table that can be read as it is. */
export function formatTable(rows: readonly Row[]): string {
  const header = ['', 'figure', 'bare', 'this app', 'by the docs', 'unit', 'target', ''];
  const cells = rows.map(({ section, figure, bare, app, byTheDocs, unit, target }, index) => [
    rows[index - 1]?.section === section ? '' : section,
    figure,
    ...[bare, app, byTheDocs].map(formatNumber),
    unit,
    target?.text ?? '',
    target ? (target.reached ? 'reached' : 'MISSED') : '',
  ]);
  const widths = header.map((title, column) =>
    Math.max(3, title.length, ...cells.map((line) => line[column]?.length ?? 0)),
  );
  const isNumber = (column: number) => column >= 2 && column <= 4;
  const line = (texts: readonly string[]) =>
    `| ${texts.map((text, column) => (isNumber(column) ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0))).join(' | ')} |`;
  const rule = `|${widths.map((width, column) => (isNumber(column) ? `${'-'.repeat(width + 1)}:` : '-'.repeat(width + 2))).join('|')}|`;
  return [line(header), rule, ...cells.map(line)].join('\n');
}

function formatNumber(value: number | undefined): string {
  if (value === undefined) return '';
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function atMost(value: number, limit: number) {
  return { text: `≤ ${limit}`, reached: value <= limit };
}

function atLeast(value: number, limit: number) {
  return { text: `≥ ${limit}`, reached: value >= limit };
}

function below(value: number, limit: number) {
  return { text: `< ${limit}`, reached: value < limit };
}
