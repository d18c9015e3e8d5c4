/** A piece of text in one style. */
export type Run = {
  readonly text: string;
  readonly color?: string | undefined;
  readonly bold?: boolean;
  readonly dim?: boolean;
};

type Style = Omit<Run, 'text'>;

/** What the codes of `styleText` do, as far as they are used here. */
const changes: Readonly<Record<string, Style>> = {
  1: { bold: true },
  2: { dim: true },
  22: { bold: false, dim: false },
  31: { color: 'red' },
  32: { color: 'green' },
  33: { color: 'yellow' },
  36: { color: 'cyan' },
  39: { color: undefined },
};

/** Reads what a program prints on a terminal of so many columns: lines of styled text. */
export function readAnsi(output: string, columns: number): Run[][] {
  let style: Style = {};
  return output.split('\n').flatMap((line) => {
    const lines: Run[][] = [[]];
    let column = 0;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is how a terminal is told about style
    for (const [token, code] of line.matchAll(/\u001b\[(\d+)m|[^\u001b]/gu)) {
      if (code !== undefined) {
        style = { ...style, ...changes[code] };
        continue;
      }
      if (column === columns) {
        lines.push([]);
        column = 0;
      }
      lines.at(-1)?.push({ ...style, text: token });
      column++;
    }
    return lines.map(joinAlike);
  });
}

function joinAlike(runs: readonly Run[]): Run[] {
  const joined: Run[] = [];
  for (const run of runs) {
    const last = joined.at(-1);
    const isAlike = last && last.color === run.color && last.bold === run.bold && last.dim === run.dim;
    if (isAlike) joined[joined.length - 1] = { ...last, text: last.text + run.text };
    else joined.push(run);
  }
  return joined;
}
