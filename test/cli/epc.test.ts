import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { commands } from '../../cli/commands.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { epc } from '../helpers/command.ts';

const nothing = { environment: {} };
const names = commands.map(({ definition }) => definition.name);

describe('npx epc', () => {
  it('is what package.json says', () => {
    expect(packageJson.bin).toEqual({ epc: 'cli/epc.mjs' });
  });

  it('lists the commands, one line each, and fails if none is typed', async () => {
    const { code, stdout, stderr } = await epc(['--help'], nothing);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [, , list = ''] = stdout.split('\n\n');
    const listed = list.split('\n').map((line) => /^ {2}(\S+) {2,}\w.{0,63}$/.exec(line)?.[1]);
    expect(listed).toEqual(names);
    expect(await epc(['-h'], nothing)).toEqual({ code, stdout, stderr });
    expect(await epc([], nothing)).toEqual({ code: 2, stdout: '', stderr: stdout });
  });

  it('says its version', async () => {
    const said = await epc(['--version'], nothing);
    expect(said).toEqual({ code: 0, stdout: `${packageJson.version}\n`, stderr: '' });
  });

  it.each([
    ['enabel', 'Unknown command "enabel". Did you mean "enable"?'],
    ['dead', 'Unknown command "dead". Did you mean "dead-letters"?'],
    ['toggle', 'Unknown command "toggle".'],
    ['', 'Unknown command "".'],
  ])('does not know the command %j', async (name, problem) => {
    const refused = await epc([name], nothing);
    expect(refused).toEqual({ code: 2, stdout: '', stderr: `${problem}\nSee npx epc --help\n` });
  });

  it.each(names)('explains %s in 80 columns, with every option and exit code', async (name) => {
    const { code, stdout, stderr } = await epc([name, '--help'], nothing);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    const command = commands.find(({ definition }) => definition.name === name);
    for (const option of Object.keys(command?.definition.options ?? {})) {
      expect(stdout).toMatch(new RegExp(`^  --${option}( |$)`, 'm'));
    }
    expect(stdout).toMatch(
      /^Exit code:\n {2}0 {2}\w[\s\S]*\n {2}2 {2}\w[\s\S]*\n {2}5 {2}\w[\s\S]*\n {2}7 {2}\w/m,
    );
  });
});

describe('local.settings.json', () => {
  /** Runs a command in a checkout whose local.settings.json is this; nothing listens there. */
  function runWith(settings: string, environment: NodeJS.ProcessEnv = {}) {
    const directory = mkdtempSync(join(tmpdir(), 'checkout-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    for (const name of ['cli', 'shared', 'scripts', 'local', 'package.json']) {
      cpSync(name, join(directory, name), { recursive: true });
    }
    symlinkSync(resolve('node_modules'), join(directory, 'node_modules'), 'junction');
    writeFileSync(join(directory, 'local.settings.json'), settings);
    const { status, stdout, stderr } = spawnSync(process.execPath, ['cli/epc.mjs', 'requests'], {
      cwd: directory,
      env: { ...process.env, ...environment },
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  }

  const values = `
    "ServiceBusConnection": "Endpoint=sb://localhost:1;SharedAccessKeyName=a;SharedAccessKey=b;UseDevelopmentEmulator=true",
    "REQUESTS_QUEUE": "q",`;

  it('may have comments and trailing commas', () => {
    const { status, stderr } = runWith(
      `{ // local\n "Values": {${values} /* all */ "RESULTS_TOPIC": "t",\n }, }`,
    );
    expect(stderr).toContain('Cannot reach localhost: connection refused.');
    expect(status).toBe(5);
  });

  it.each([
    [
      'cut off',
      '{ "Values": {\n  "REQUESTS_QUEUE": "q"',
      'local.settings.json is not JSON: line 2, column 24: invalid end of input.',
    ],
    ['encrypted', '{ "IsEncrypted": true, "Values": {} }', 'local.settings.json is encrypted.'],
    ['without values', '{ "IsEncrypted": false }', 'local.settings.json has no "Values".'],
    ['a list', '[]', 'local.settings.json has no "Values".'],
    ['without a setting', `{ "Values": {${values}}}`, 'RESULTS_TOPIC is not set'],
  ])('that is %s is said to be so, in one sentence', (_, settings, problem) => {
    const { status, stdout, stderr } = runWith(settings);
    expect(stderr).toContain(problem);
    expect(stderr.split('\n')).toEqual([expect.any(String), 'See npx epc requests --help', '']);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  });

  it('does not stand in for a setting that is set to nothing', () => {
    const settings = `{ "Values": {${values} "RESULTS_TOPIC": "t" }}`;
    expect(runWith(settings, { REQUESTS_QUEUE: ' ' })).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('REQUESTS_QUEUE is empty. Set it, or unset it'),
    });
  });
});
