import { sanitize } from '../../shared/kit/sanitize.ts';

/** A table may be this wide, or as wide as the terminal if that is wider. */
const COLUMNS = 100;
const GAP = '  ';

export type Table = {
  readonly title: string;
  /** One line for each row. */
  readonly lines: readonly string[];
  /** Says which columns were cut; absent if none was. */
  readonly note?: string;
};

/**
 * Lays rows out in columns, made fit for a terminal. If the table is too wide, its widest columns are cut.
 *
 * @param whole titles of columns that are never cut, such as ids
 */
export function layOutTable(
  titles: readonly string[],
  rows: readonly (readonly unknown[])[],
  whole: readonly string[] = [],
  columns = Math.max(COLUMNS, process.stdout.columns ?? 0),
): Table {
  const cells = [titles, ...rows].map((row) => row.map((cell) => sanitize(String(cell ?? ''))));
  const natural = titles.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const widths = narrow(natural, titles, whole, columns);
  const [title = '', ...lines] = cells.map((row) =>
    row
      .map((cell, column) => cut(cell, widths[column] ?? 0).padEnd(widths[column] ?? 0))
      .join(GAP)
      .trimEnd(),
  );
  const narrowed = titles.filter((_, column) => (widths[column] ?? 0) < (natural[column] ?? 0));
  const note = `Cut to fit ${columns} columns: ${narrowed.join(', ')}. --json prints everything.`;
  return { title, lines, ...(narrowed.length > 0 && { note }) };
}

/** As {@link layOutTable}, all lines together. */
export function formatTable(...table: Parameters<typeof layOutTable>): string[] {
  const { title, lines, note } = layOutTable(...table);
  return [title, ...lines, ...(note ? ['', note] : [])];
}

function narrow(
  natural: readonly number[],
  titles: readonly string[],
  whole: readonly string[],
  columns: number,
): number[] {
  const widths = [...natural];
  const total = widths.reduce((sum, width) => sum + width, GAP.length * (widths.length - 1));
  for (let surplus = total - columns; surplus > 0; surplus--) {
    const [widest] = titles
      .map((title, column) => ({ title, column, width: widths[column] ?? 0 }))
      .filter(({ title, width }) => !whole.includes(title) && width > title.length)
      .sort((a, b) => b.width - a.width);
    if (!widest) break;
    widths[widest.column] = widest.width - 1;
  }
  return widths;
}

function cut(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…`.toWellFormed() : text;
}
