import { sanitize } from '../shared/sanitize.ts';

/** Rows under their titles, in columns; the text of each cell is made fit for a terminal. */
export function formatTable(titles: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const cells = [titles, ...rows].map((row) => row.map((cell) => sanitize(String(cell ?? ''))));
  const widths = titles.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
