import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };

const starter = 'scripts/onNode24.mjs';
const executable = `node_modules/node/bin/node${process.platform === 'win32' ? '.exe' : ''}`;
const script = 'console.log(import.meta.main, process.argv.slice(2).join()); process.exitCode = 3;';

/** A checkout in which a script is started by a Node that says it is of another version. */
function startIn(version: string, { hasNode24 }: { hasNode24: boolean }): SpawnSyncReturns<string> {
  const directory = mkdtempSync(join(tmpdir(), 'checkout-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  cpSync(starter, join(directory, starter));
  writeFileSync(join(directory, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(directory, 'script.ts'), script);
  if (hasNode24) {
    mkdirSync(join(directory, dirname(executable)), { recursive: true });
    symlinkSync(process.execPath, join(directory, executable));
  }
  const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`;
  const preload = ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`];
  const args = [...preload, starter, 'script.ts', 'a b', '--c'];
  return spawnSync(process.execPath, args, { cwd: directory, encoding: 'utf8' });
}

it.each(['24.5.0', '24.21.0', '25.0.0', '100.1.2'])('runs a script on Node %s itself', (version) => {
  expect(startIn(version, { hasNode24: false })).toMatchObject({
    status: 3,
    stdout: 'true a b,--c\n',
    stderr: '',
  });
});

it.each(['18.20.4', '20.20.2', '22.20.0', '24.4.9'])(
  'on Node %s runs a script on the Node that is installed',
  (version) => {
    expect(startIn(version, { hasNode24: true })).toMatchObject({
      status: 3,
      stdout: 'true a b,--c\n',
      stderr: '',
    });
  },
);

it.each(['18.20.4', '20.20.2', '22.20.0', '24.4.9'])(
  'on Node %s says what to do if there is no other',
  (version) => {
    const { status, stdout, stderr } = startIn(version, { hasNode24: false });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(`runs on Node ${version}`);
    expect(stderr).toContain('npm rebuild node --ignore-scripts=false');
  },
);

it('starts every TypeScript file that a script of package.json runs', () => {
  const commands = Object.values(packageJson.scripts).flatMap((line) => line.split('&&'));
  const files = commands.filter((command) => /\bnode\b.*\.ts\b/.test(command));
  expect(files.length).toBeGreaterThan(5);
  for (const command of files) expect(command.trim()).toMatch(`node ${starter} `);
});

it('is all that scripts need: no shell but that of npm, and no signal', () => {
  for (const line of Object.values(packageJson.scripts)) {
    expect(line).not.toMatch(/\b(bash|sh|kill|trap|export|rm|cp|mv)\b|[;|$`<>]|\w+=\S+ /);
  }
});
