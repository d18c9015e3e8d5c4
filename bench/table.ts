import type { Cold } from './cold.ts';
import type { Growth } from './growth.ts';
import type { Package } from './package.ts';
import type { Phases } from './phases.ts';
import type { Sides } from './prepare.ts';
import type { WarmLoad } from './warm.ts';

/** What is compared, in the order of the columns. */
const sides = {
  fetch: 'plain fetch',
  bare: 'bare function',
  app: 'this app',
  readyToken: '… with a ready token',
  byTheDocs: 'by the docs',
} as const;

/** One line of the table. */
export type Row = {
  readonly section: 'cold' | 'warm' | 'growth' | 'package';
  readonly figure: string;
  readonly unit: string;
  readonly of: { readonly [Side in keyof typeof sides]?: number };
  readonly target?: { readonly text: string; readonly reached: boolean };
};

const KB = 1000;
const MB = 1000 * KB;

export function coldRows(cold: Cold): Row[] {
  const { bare, app, readyToken, byTheDocs } = cold;
  const row = (figure: string, key: keyof Cold['app']): Row => ({
    section: 'cold',
    figure,
    unit: 'ms',
    of: { bare: bare[key], app: app[key], readyToken: readyToken[key], byTheDocs: byTheDocs[key] },
  });
  const againstBare = app.patchMs / bare.patchMs;
  const sooner = byTheDocs.patchMs / app.patchMs;
  return [
    row('process start → app loaded', 'loadedMs'),
    row('process start → PATCH at Graph', 'patchMs'),
    row('process start → invocation done', 'doneMs'),
    {
      section: 'cold',
      figure: 'PATCH at Graph, against bare',
      unit: '×',
      of: {
        app: againstBare,
        readyToken: readyToken.patchMs / bare.patchMs,
        byTheDocs: byTheDocs.patchMs / bare.patchMs,
      },
      target: atMost(againstBare, 1.3),
    },
    {
      section: 'cold',
      figure: 'PATCH at Graph, sooner than by the docs',
      unit: '×',
      of: { app: sooner },
      target: atLeast(sooner, 3),
    },
  ];
}

export function warmRows(loads: readonly WarmLoad[], phases: Phases): Row[] {
  const rows = loads.flatMap(({ graphMs, concurrency, sides }): Row[] => {
    const { fetch, bare, app, byTheDocs } = sides;
    const where = `${concurrency} at a time, Graph ${graphMs === 0 ? 'at once' : `at ${graphMs} ms`}`;
    const row = (figure: string, unit: string, key: keyof typeof app): Row => ({
      section: 'warm',
      figure: `${figure}: ${where}`,
      unit,
      of: { fetch: fetch[key], bare: bare[key], app: app[key], byTheDocs: byTheDocs[key] },
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
    ([phase, app]): Row => ({ section: 'warm', figure: `of one request: ${phase}`, unit: 'ms', of: { app } }),
  );
  return [...rows, ...split];
}

export function growthRows(growth: readonly Growth[]): Row[] {
  const row = (figure: string, unit: string, app: number, target?: Row['target']): Row => ({
    section: 'growth',
    figure,
    unit,
    of: { app },
    ...(target && { target }),
  });
  const rows = growth.flatMap(({ requests, rss, heapUsed, cpuMs, eventLoopDelayMs }) => {
    const after = `after ${requests.toLocaleString('en')} requests`;
    return [
      row(`RSS ${after}`, 'MB', rss / MB),
      row(`objects ${after}`, 'MB', heapUsed / MB),
      row(`CPU per request ${after}`, 'ms', cpuMs),
      row(`event-loop delay, p99, ${after}`, 'ms', eventLoopDelayMs),
    ];
  });
  const [first, last] = [growth[0], growth.at(-1)];
  if (!first || !last) return rows;
  const rss = last.rss / first.rss;
  const cpu = last.cpuMs / first.cpuMs;
  return [
    ...rows,
    row('RSS, last against first', '×', rss, below(rss, 1.1)),
    row('CPU, last against first', '×', cpu, below(cpu, 1.05)),
  ];
}

export function packageRows(
  { files, bytes, zippedBytes }: Package,
  loaded: Record<keyof Sides, { modules: number; bytes: number }>,
): Row[] {
  const row = (figure: string, unit: string, of: Row['of']): Row => ({
    section: 'package',
    figure,
    unit,
    of,
  });
  const each = (read: (of: { modules: number; bytes: number }) => number): Row['of'] => ({
    bare: read(loaded.bare),
    app: read(loaded.app),
    readyToken: read(loaded.readyToken),
    byTheDocs: read(loaded.byTheDocs),
  });
  return [
    row('files', '', { app: files }),
    row('unzipped', 'kB', { app: bytes / KB }),
    {
      ...row('zipped', 'kB', { app: zippedBytes / KB }),
      target: { ...below(zippedBytes / MB, 1.5), text: '< 1500' },
    },
    row(
      'modules loaded before the PATCH',
      '',
      each(({ modules }) => modules),
    ),
    row(
      'code loaded before the PATCH',
      'kB',
      each(({ bytes }) => bytes / KB),
    ),
  ];
}

/** The rows as a Markdown table that can be read as it is. */
export function formatTable(rows: readonly Row[]): string {
  const names = Object.keys(sides) as (keyof typeof sides)[];
  const header = ['', 'figure', ...Object.values(sides), 'unit', 'target', ''];
  const cells = rows.map(({ section, figure, of, unit, target }, index) => [
    rows[index - 1]?.section === section ? '' : section,
    figure,
    ...names.map((name) => formatNumber(of[name])),
    unit,
    target?.text ?? '',
    target ? (target.reached ? 'reached' : 'MISSED') : '',
  ]);
  const widths = header.map((title, column) =>
    Math.max(3, title.length, ...cells.map((line) => line[column]?.length ?? 0)),
  );
  const isNumber = (column: number) => column >= 2 && column < 2 + names.length;
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
