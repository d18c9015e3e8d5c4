/** Records a terminal session of `npm start` as an image: `npm run record` writes docs/start.svg. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { promisify, styleText } from 'node:util';
import { type Run, readAnsi } from './ansi.ts';

const COLUMNS = 116;
const CHARACTER_PX = 7.8;
const LINE_PX = 19;
const MARGIN_PX = 22;

const colors: Readonly<Record<string, string>> = {
  red: '#ff7b72',
  green: '#7ee787',
  yellow: '#e3b341',
  cyan: '#76e3ea',
};

const { stdout } = await promisify(execFile)(process.execPath, ['local/start.ts', '--once'], {
  env: { ...process.env, FORCE_COLOR: '1' },
});
const session = `${styleText('dim', '$ npm ci && npm start', { validateStream: false })}\n\n${stdout.trimEnd()}`;
await writeFile('docs/start.svg', toSvg(readAnsi(session, COLUMNS)));

function toSvg(lines: readonly (readonly Run[])[]): string {
  const width = Math.ceil(COLUMNS * CHARACTER_PX + 2 * MARGIN_PX);
  const height = Math.ceil(lines.length * LINE_PX + 2 * MARGIN_PX);
  const text = lines.map((runs, index) => {
    const y = MARGIN_PX + (index + 0.75) * LINE_PX;
    return `<text xml:space="preserve" x="${MARGIN_PX}" y="${y}">${runs.map(toSpan).join('')}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" role="img">
<title>A terminal session of npm start</title>
<style>text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; white-space: pre }</style>
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<g fill="#e6edf3">
${text.join('\n')}
</g>
</svg>
`;
}

function toSpan({ text, color, bold, dim }: Run): string {
  const style = [
    (color || dim) && ` fill="${dim ? '#8b949e' : colors[color ?? '']}"`,
    bold && ' font-weight="bold"',
  ].filter(Boolean);
  const content = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return style.length > 0 ? `<tspan${style.join('')}>${content}</tspan>` : content;
}
