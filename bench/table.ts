import type { Cold, ColdStart } from './cold.ts';
import type { GraphMs } from './environment.ts';
import type { Growth } from './growth.ts';
import type { Package } from './package.ts';
import type { Phases } from './phases.ts';
import { mapSides, type Side, sideTitles } from './sides.ts';
import type { WarmLoad } from './warm.ts';

/** What the columns are called, in their order. */
const columns = { fetch: 'plain fetch', ...sideTitles };

type Column = keyof typeof columns;

/** One line of the table. */
export type Row = {
  readonly section: 'cold' | 'warm' | 'growth' | 'package';
  readonly figure: string;
  readonly unit: string;
  readonly of: Readonly<Partial<Record<Column, number>>>;
  readonly target?: { readonly text: string; readonly reached: boolean };
};

/** The most that this app may take from the start of a process, as a multiple of what the bare function takes. */
const TARGETS = { patch: 1.2, result: { 0: 1.6, 100: undefined, 300: 1.15 } } as const;

const KB = 1000;
const MB = 1000 * KB;

export function coldRows(cold: readonly Cold[]): Row[] {
  return cold.flatMap(({ graphMs, messages, sides }, index): Row[] => {
    const { bare, app } = sides;
    const where = `${messages === 1 ? '1 message' : `${messages} messages`}, ${graphAt(graphMs)}`;
    const row = (figure: string, key: keyof ColdStart): Row => ({
      section: 'cold',
      figure: `process start → ${figure}`,
      unit: 'ms',
      of: mapSides(sides, (side) => side[key]),
    });
    const againstBare = (figure: string, key: keyof ColdStart, most?: number): Row => ({
      section: 'cold',
      figure: `${figure}, against bare: ${where}`,
      unit: '×',
      of: mapSides(sides, (side) => side[key] / bare[key]),
      ...(most !== undefined && { target: atMost(app[key] / bare[key], most) }),
    });
    const last = messages === 1 ? '' : 'last ';
    return [
      ...(index === 0 ? [row('app loaded', 'loadedMs')] : []),
      row(`${last}PATCH at Graph: ${where}`, 'patchMs'),
      row(`${last}result: ${where}`, 'resultMs'),
      ...(messages === 1 ? [againstBare('PATCH at Graph', 'patchMs', TARGETS.patch)] : []),
      ...(messages === 1 ? [againstBare('result', 'resultMs', TARGETS.result[graphMs])] : []),
    ];
  });
}

function graphAt(graphMs: GraphMs): string {
  return graphMs === 0 ? 'Graph at once' : `Graph at ${graphMs} ms`;
}

export function warmRows(loads: readonly WarmLoad[], phases: Phases): Row[] {
  const rows = loads.flatMap(({ graphMs, concurrency, sides }): Row[] => {
    const { fetch, app } = sides;
    const where = `${concurrency} at a time, ${graphAt(graphMs)}`;
    const row = (figure: string, unit: string, key: keyof typeof app): Row => ({
      section: 'warm',
      figure: `${figure}: ${where}`,
      unit,
      of: mapSides(sides, (side) => side[key]),
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
  { files, bytes, zippedBytes, telemetryBytes }: Package,
  loaded: Record<Side, { modules: number; bytes: number }>,
): Row[] {
  const row = (figure: string, unit: string, of: Row['of']): Row => ({
    section: 'package',
    figure,
    unit,
    of,
  });
  return [
    row('files', '', { app: files }),
    row('unzipped', 'kB', { app: bytes / KB }),
    {
      ...row('zipped', 'kB', { app: zippedBytes / KB }),
      target: { ...below(zippedBytes / MB, 1.5), text: '< 1500' },
    },
    {
      ...row('telemetry bundle', 'kB', { app: telemetryBytes / KB }),
      target: atMost(telemetryBytes / KB, 1300),
    },
    row(
      'modules loaded before the PATCH',
      '',
      mapSides(loaded, ({ modules }) => modules),
    ),
    row(
      'code loaded before the PATCH',
      'kB',
      mapSides(loaded, ({ bytes }) => bytes / KB),
    ),
  ];
}

/** The rows as a Markdown table that can be read as it is. */
export function formatTable(rows: readonly Row[]): string {
  const names = Object.keys(columns) as Column[];
  const header = ['', 'figure', ...Object.values(columns), 'unit', 'target', ''];
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
