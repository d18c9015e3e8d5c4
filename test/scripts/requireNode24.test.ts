import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };

const check = './scripts/requireNode24.mjs';

/** Runs the check ahead of a script in a Node that says it is of another version. */
function runAs(version: string) {
  const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`;
  const { status, stdout, stderr } = spawnSync(process.execPath, [
    '--import',
    `data:text/javascript,${encodeURIComponent(pretend)}`,
    '--import',
    check,
    '--eval',
    'console.log("the script runs")',
  ]);
  return { status, stdout: String(stdout).trim(), stderr: String(stderr) };
}

it.each(['24.5.0', '24.21.0', '25.0.0', '100.1.2'])('lets Node %s run a script', (version) => {
  expect(runAs(version)).toEqual({ status: 0, stdout: 'the script runs', stderr: '' });
});

it.each(['18.20.4', '20.20.2', '22.20.0', '24.4.9'])('says on Node %s what to do instead', (version) => {
  const { status, stdout, stderr } = runAs(version);
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toContain(`runs on Node ${version}`);
  expect(stderr).toContain('npm rebuild node --ignore-scripts=false');
});

it('comes ahead of every TypeScript file that a script of package.json runs', () => {
  const commands = Object.values(packageJson.scripts).flatMap((script) => script.split('&&'));
  const files = commands.filter((command) => /\bnode\b.*\.ts\b/.test(command));
  expect(files.length).toBeGreaterThan(5);
  for (const command of files) expect(command.trim()).toContain(`node --import ${check} `);
});

it('is all that scripts need: no shell but that of npm, and no signal', () => {
  for (const script of Object.values(packageJson.scripts)) {
    expect(script).not.toMatch(/\b(bash|sh|kill|trap|export|rm|cp|mv)\b|[;|$`<>]|\w+=\S+ /);
  }
});
