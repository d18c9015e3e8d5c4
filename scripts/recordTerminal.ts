/** Records a terminal session of `npm start` as an image: `npm run record` writes docs/start.svg. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { promisify, styleText } from 'node:util';
import headless, { type IBufferCell } from '@xterm/headless';

const COLUMNS = 100;
const CHARACTER_PX = 7.8;
const LINE_PX = 19;
const MARGIN_PX = 20;

/** The colours of the terminal, by their ANSI number; light enough for the background. */
const colours: Readonly<Record<number, string>> = { 1: '#ff7b72', 2: '#7ee787', 3: '#e3b341', 6: '#76e3ea' };
const FOREGROUND = '#e6edf3';
const BACKGROUND = '#0d1117';

const { stdout } = await promisify(execFile)(process.execPath, ['local/start.ts', '--once'], {
  env: { ...process.env, FORCE_COLOR: '1' },
});
const session = `${styleText('dim', '$ npm ci && npm start', { validateStream: false })}\n\n${stdout.trimEnd()}`;
await writeFile('docs/start.svg', toSvg(await show(session)));

/** Neighbouring characters of one style. */
type Run = { readonly column: number; readonly style: string; text: string };

/** The lines of a terminal that shows a text with its escape sequences. */
async function show(text: string): Promise<Run[][]> {
  const terminal = new headless.Terminal({
    cols: COLUMNS,
    rows: 500,
    convertEol: true,
    allowProposedApi: true,
  });
  await new Promise<void>((resolve) => terminal.write(text, resolve));
  const { active } = terminal.buffer;
  return Array.from({ length: active.cursorY + 1 }, (_, row) => {
    const runs: Run[] = [];
    for (let column = 0; column < COLUMNS; column++) {
      const cell = active.getLine(row)?.getCell(column);
      if (!cell?.getChars()) continue;
      const style = styleOf(cell);
      const run = runs.at(-1);
      if (run && run.style === style && run.column + run.text.length === column) run.text += cell.getChars();
      else runs.push({ column, style, text: cell.getChars() });
    }
    return runs;
  });
}

function styleOf(cell: IBufferCell): string {
  const colour = cell.isFgDefault() ? FOREGROUND : (colours[cell.getFgColor()] ?? FOREGROUND);
  const weight = cell.isBold() ? ' font-weight="bold"' : '';
  return `fill="${colour}"${weight}${cell.isDim() ? ' opacity="0.6"' : ''}`;
}

/** Plain text elements, which every viewer draws; each keeps its width, whatever font there is. */
function toSvg(lines: readonly Run[][]): string {
  const width = COLUMNS * CHARACTER_PX + 2 * MARGIN_PX;
  const height = lines.length * LINE_PX + 2 * MARGIN_PX;
  const texts = lines.flatMap((runs, row) =>
    runs
      .filter(({ text }) => text.trim() !== '')
      .map(({ column, style, text }) => {
        const x = (MARGIN_PX + column * CHARACTER_PX).toFixed(1);
        const y = MARGIN_PX + (row + 0.75) * LINE_PX;
        const length = (text.length * CHARACTER_PX).toFixed(1);
        return `<text x="${x}" y="${y}" textLength="${length}" lengthAdjust="spacingAndGlyphs" xml:space="preserve" ${style}>${escapeXml(text)}</text>`;
      }),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" role="img" font-size="13" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace">
<title>A terminal session of npm start</title>
<rect width="100%" height="100%" rx="8" fill="${BACKGROUND}"/>
${texts.join('\n')}
</svg>
`;
}

function escapeXml(text: string): string {
  return text.replace(/[<>&]/g, (character) => `&#${character.charCodeAt(0)};`);
}
