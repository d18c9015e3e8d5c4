import stringWidth from 'string-width';
import { sanitize } from '../../shared/kit/sanitize.ts';
import { type Line, type Span, textOf } from './print.ts';
import { makeVisible } from './visible.ts';

/** A terminal that is narrower breaks lines. */
const NARROWEST = 80;
const GAP = '  ';
const BELOW = '    ';

export type Cell = Span | number | boolean | undefined;

export type Table = {
  readonly titles: readonly string[];
  /** The cells of each row, in the order of the titles. */
  readonly rows: readonly (readonly Cell[])[];
  /** How many columns stay beside each other; default: the first. */
  readonly beside?: number;
};

/** A table as lines: of its titles, and of each row. */
export type Layout = { readonly title: string; readonly rows: readonly (readonly Line[])[] };

/**
 * Lays rows out in columns. If that is too wide for the terminal, the last columns move below their rows; nothing is
 * cut. Without a terminal, every row is one line.
 */
export function layOutTable(
  { titles, rows, beside = 1 }: Table,
  columns = columnsOf(process.stdout),
): Layout {
  const cells = rows.map((row) => row.map(toSpan));
  const widths = titles.map((title, column) =>
    Math.max(...[title, ...cells.map((row) => row[column] ?? '')].map(widthOf)),
  );
  const count = fittingColumns(widths, beside, columns);
  const pad = (span: Span, column: number): Span[] => [
    span,
    column === count - 1 ? '' : ' '.repeat((widths[column] ?? 0) - widthOf(span)) + GAP,
  ];
  return {
    title: titles.slice(0, count).flatMap(pad).map(textOf).join(''),
    rows: cells.map((row) => [
      trimEnd(row.slice(0, count).flatMap(pad)),
      ...row.slice(count).flatMap((span, index) => {
        const text = textOf(span);
        return text === '' ? [] : wrap(`${titles[count + index]}: ${makeVisible(text)}`, columns);
      }),
    ]),
  };
}

/** As {@link layOutTable}, all lines together. */
export function formatTable(table: Table, columns?: number): Line[] {
  const { title, rows } = layOutTable(table, columns);
  return [title, ...rows.flat()];
}

function columnsOf({ isTTY, columns }: NodeJS.WriteStream): number {
  return isTTY ? Math.max(NARROWEST, columns) : Number.POSITIVE_INFINITY;
}

function fittingColumns(widths: readonly number[], least: number, columns: number): number {
  let count = widths.length;
  const total = () => widths.slice(0, count).reduce((sum, width) => sum + GAP.length + width, -GAP.length);
  while (count > least && total() > columns) count--;
  return count;
}

function toSpan(cell: Cell): Span {
  return typeof cell === 'object' ? { ...cell, text: sanitize(cell.text) } : sanitize(String(cell ?? ''));
}

function widthOf(span: Span): number {
  return stringWidth(makeVisible(textOf(span)));
}

function trimEnd(spans: readonly Span[]): readonly Span[] {
  const last = spans.findLastIndex((span) => textOf(span).trim() !== '');
  return spans.slice(0, last + 1);
}

/** Breaks a text between words, below its row. */
function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = BELOW;
  for (const word of text.split(' ')) {
    const isFull = stringWidth(line) + stringWidth(word) > columns;
    if (isFull && line.trim() !== '') {
      lines.push(line.trimEnd());
      line = BELOW.repeat(2);
    }
    line += `${word} `;
  }
  return [...lines, line.trimEnd()];
}
