import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const biome = resolve('node_modules/@biomejs/biome/bin/biome');
let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'imports-'));
  cpSync('biome.json', join(directory, 'biome.json'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** What the linter finds in these files with the settings of this repository, such as `shared/a.ts: noImportCycles`. */
function problemsIn(files: Readonly<Record<string, string>>): string[] {
  for (const [path, code] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), code);
  }
  const args = [biome, 'lint', '--vcs-enabled=false', '--reporter=json', ...Object.keys(files)];
  const { stdout } = spawnSync(process.execPath, args, { cwd: directory, encoding: 'utf8' });
  const { diagnostics } = JSON.parse(stdout) as {
    diagnostics: { category: string; severity: string; location: { path: string } }[];
  };
  return diagnostics
    .filter(({ severity }) => severity === 'error')
    .map(({ category, location }) => `${location.path}: ${category.split('/').at(-1)}`)
    .sort();
}

describe('the linter', () => {
  it.each(['local', 'cli', 'scripts', 'test', 'bench', 'soak'])(
    'keeps the app from importing from %s/, in every form of import',
    (folder) => {
      const violations = {
        'shared/static.ts': `import { a } from '../${folder}/a.ts';\nexport const b = a;\n`,
        'shared/types.ts': `import type { A } from '../${folder}/deeper/a.ts';\nexport type B = A;\n`,
        'shared/again.ts': `export { a } from '../${folder}/a.ts';\n`,
        'shared/kit/room.ts': `export { a } from '../../${folder}/a.ts';\n`,
        'functions/dynamic.ts': `export const a = await import('../${folder}/a.ts');\n`,
      };
      expect(problemsIn(violations)).toEqual(
        Object.keys(violations)
          .map((path) => `${path}: noRestrictedImports`)
          .sort(),
      );
    },
  );

  const rooms = ['report', 'apply', 'windows', 'graph', 'receive', 'contract', 'settings', 'kit'];

  it('lets a room of the app import only from rooms below it, and the parts from no whole', () => {
    const files = Object.fromEntries(
      rooms.flatMap((room) =>
        rooms
          .filter((other) => other !== room)
          .map((other) => [
            `shared/${room}/${other}.ts`,
            `export { a } from '../${other}/elsewhere.ts';\nimport type {} from '../${other}/types.ts';\n`,
          ]),
      ),
    );
    files['shared/kit/app.ts'] = "export { createApp } from '../app.ts';\n";
    files['shared/kit/dotted.ts'] = "export { a } from './../report/a.ts';\n";
    const upward = rooms.flatMap((room, index) =>
      rooms.slice(0, index).map((other) => `shared/${room}/${other}.ts: noRestrictedImports`),
    );
    expect([...new Set(problemsIn(files))]).toEqual(
      [...upward, ...['app', 'dotted'].map((file) => `shared/kit/${file}.ts: noRestrictedImports`)].sort(),
    );
  });

  it('lets the app import its own files and packages, and everything else import the app', () => {
    expect(
      problemsIn({
        'functions/fine.ts':
          "export { sleep } from '../shared/kit/sleep.ts';\nexport { ManagedIdentityCredential } from '@azure/identity';\n",
        'local/fine.ts':
          "export { sleep } from '../shared/kit/sleep.ts';\nexport { test } from '../test/a.ts';\n",
      }),
    ).toEqual([]);
  });

  it.each([
    ['time', "export { a } from '../amqp/a.ts';"],
    ['delivery', "export type { A } from '../rest/a.ts';"],
    ['entities', "export { a } from '../encoding/a.ts';"],
    ['entities', "export { a } from '../amqp/a.ts';"],
    ['entities', "export { a } from '../rest/a.ts';"],
    ['entities', "export { a } from '../../http/a.ts';"],
    ['entities', "export { default } from 'rhea';"],
    ['messages', "export type { IncomingHttpHeaders } from 'node:http';"],
    ['encoding', "export { a } from '../entities/a.ts';"],
    ['amqp', "export { a } from '../rest/a.ts';"],
    ['rest', "export { a } from '../amqp/a.ts';"],
    ['rest', "export { default } from 'rhea';"],
  ])(
    'keeps AMQP and HTTP out of the rooms of the local Service Bus that need neither: in %s, refuses %s',
    (room, code) => {
      const path = `local/serviceBus/${room}/wrong.ts`;
      expect(problemsIn({ [path]: `${code}\n` })).toEqual([`${path}: noRestrictedImports`]);
    },
  );

  it('lets the edges of the local Service Bus import its other rooms', () => {
    expect(
      problemsIn({
        'local/serviceBus/entities/fine.ts': "export { a } from '../delivery/a.ts';\n",
        'local/serviceBus/encoding/fine.ts':
          "export { a } from '../messages/a.ts';\nexport { default } from 'rhea';\n",
        'local/serviceBus/amqp/fine.ts': "export { a } from '../encoding/a.ts';\n",
        'local/serviceBus/rest/fine.ts': "export { a } from '../../http/a.ts';\n",
      }),
    ).toEqual([]);
  });

  it('finds circles of imports, of types as well', () => {
    expect(
      problemsIn({
        'shared/egg.ts': "import type { Hen } from './hen.ts';\nexport type Egg = { of: Hen };\n",
        'shared/hen.ts': "import type { Egg } from './egg.ts';\nexport type Hen = { from: Egg };\n",
      }),
    ).toEqual(['shared/egg.ts: noImportCycles', 'shared/hen.ts: noImportCycles']);
  });
});
