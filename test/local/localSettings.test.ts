import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { LocalSettingsError, localValue, readLocalSettings } from '../../local/localSettings.ts';

async function folderWith(settings?: string | Buffer): Promise<URL> {
  const directory = await mkdtemp(join(tmpdir(), 'settings-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  if (settings !== undefined) await writeFile(join(directory, 'local.settings.json'), settings);
  return pathToFileURL(join(directory, '/'));
}

it('local.settings.json may have comments, trailing commas and a byte order mark', async () => {
  const folder = await folderWith('\ufeff{ // local\n "Values": { "A": "1", /* 2 */ "B": 2, }, }');
  expect(readLocalSettings(folder)).toEqual({ A: '1', B: '2' });
});

it('local.settings.json may be missing, as in Azure', async () => {
  expect(readLocalSettings(await folderWith())).toEqual({});
});

it.each([
  ['{ "Values": {\n  "A": "1"\n  "B": 2 } }', 'is not JSON: line 3, column 3: '],
  ['', 'is not JSON: line 1, column 1: '],
  ['{ "IsEncrypted": true, "Values": { "A": "CfDJ" } }', 'is encrypted. Run func settings decrypt'],
  ['{ "IsEncrypted": false }', 'has no "Values".'],
  ['[]', 'has no "Values".'],
  ['null', 'has no "Values".'],
])('local.settings.json that cannot be used is explained: %j', async (settings, problem) => {
  const folder = await folderWith(settings);
  expect(() => readLocalSettings(folder)).toThrow(LocalSettingsError);
  expect(() => readLocalSettings(folder)).toThrow(`local.settings.json ${problem}`);
});

it('a value that is not in local.settings.json is named', () => {
  expect(localValue('REQUESTS_QUEUE')).toBe('external-partner-requests');
  expect(() => localValue('NO_SUCH_VALUE')).toThrow('local.settings.json has no value NO_SUCH_VALUE.');
});
