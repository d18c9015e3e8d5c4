/** Records a terminal session of `npm start` as an image: `npm run record` writes docs/start.svg. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { promisify, styleText } from 'node:util';
import addon from '@xterm/addon-serialize';
import headless from '@xterm/headless';

const COLUMNS = 100;
const LINE_PX = 19;
const WIDTH_PX = 860;

const { stdout } = await promisify(execFile)(process.execPath, ['local/start.ts', '--once'], {
  env: { ...process.env, FORCE_COLOR: '1' },
});
const session = `${styleText('dim', '$ npm ci && npm start', { validateStream: false })}\n\n${stdout.trimEnd()}`;

const theme = { foreground: '#e6edf3', background: '#0d1117' };
const options = { cols: COLUMNS, rows: 500, convertEol: true, allowProposedApi: true, theme };
const terminal = new headless.Terminal(options);
const serializer = new addon.SerializeAddon();
terminal.loadAddon(serializer);
await new Promise<void>((resolve) => terminal.write(session, resolve));
const lines = terminal.buffer.active.cursorY + 1;
const range = { startLine: 0, endLine: lines - 1, startCol: 0 };
const page = serializer.serializeAsHTML({ includeGlobalBackground: true, range });
const [, html] = /<!--StartFragment-->(.*)<!--EndFragment-->/s.exec(page) ?? [];

// The colors of the terminal, where they are too dark for the background.
await writeFile(
  'docs/start.svg',
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH_PX} ${lines * LINE_PX + 32}" width="${WIDTH_PX}" role="img">
<title>A terminal session of npm start</title>
<style>
pre { margin: 0 }
pre > div { padding: 16px 20px; border-radius: 8px; font: 13px/${LINE_PX}px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace !important }
[style*='#cc0000'] { color: #ff7b72 !important }
[style*='#4e9a06'] { color: #7ee787 !important }
[style*='#c4a000'] { color: #e3b341 !important }
[style*='#06989a'] { color: #76e3ea !important }
</style>
<foreignObject width="100%" height="100%"><div xmlns="http://www.w3.org/1999/xhtml">${html}</div></foreignObject>
</svg>
`,
);
