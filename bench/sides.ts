import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { app, buildApp, bundling } from '../scripts/build.ts';

/** An app that is compared: what its column is called, and how it is made ready to be loaded from a directory. */
type Definition = { readonly title: string; readonly prepare: (directory: string) => Promise<void> };

const here = import.meta.dirname;
const root = resolve(here, '..');

/** No side loads TypeScript, and the bare function is bundled as this app is. */
const definitions = {
  bare: {
    title: 'bare function',
    async prepare(directory) {
      await writePackage(directory);
      await build({ ...bundling, entryPoints: [entryPoint('bare')], outdir: join(directory, 'functions') });
    },
  },
  app: { title: 'this app', prepare: buildApp },
  /** This app, its identity replaced by a token that is already there. */
  readyToken: {
    title: '… with a ready token',
    async prepare(directory) {
      const alias = { ...app.alias, '@azure/identity': join(here, 'readyIdentity.ts') };
      await writePackage(directory);
      await build({ ...app, alias, absWorkingDir: root, outdir: directory });
    },
  },
  /** Compiled file by file to CommonJS, beside the real `node_modules`. */
  byTheDocs: {
    title: 'by the docs',
    async prepare(directory) {
      await writePackage(directory);
      await build({
        ...compiling,
        entryPoints: [entryPoint('byTheDocs')],
        outdir: join(directory, 'functions'),
      });
      await symlink(join(root, 'node_modules'), join(directory, 'node_modules'));
    },
  },
  /** The same, bundled and minified by esbuild with no more than what that takes. */
  byTheDocsBundled: {
    title: '… bundled',
    async prepare(directory) {
      await writePackage(directory);
      await build({
        ...compiling,
        entryPoints: [entryPoint('byTheDocs')],
        outdir: join(directory, 'functions'),
        bundle: true,
        minify: true,
        external: ['@azure/functions-core'],
      });
    },
  },
} satisfies Record<string, Definition>;

const compiling = {
  outExtension: { '.js': '.cjs' },
  format: 'cjs',
  platform: 'node',
  target: 'node24',
} as const;

export type Side = keyof typeof definitions;

/** What the columns are called, in their order. */
export const sideTitles: Record<Side, string> = mapSides(definitions, ({ title }) => title);

/** Makes every side ready in a directory of its own, so that nothing changes underneath a run. */
export async function prepareSides(directory: string): Promise<Record<Side, string>> {
  const directories = mapSides(definitions, (_, side) => join(directory, side));
  for (const [side, { prepare }] of Object.entries(definitions)) await prepare(directories[side as Side]);
  return directories;
}

/** Reads or makes the same thing of each side. */
export function mapSides<Name extends string, From, To>(
  sides: Readonly<Record<Name, From>>,
  map: (of: From, side: Name) => To,
): Record<Name, To> {
  const entries = Object.entries<From>(sides).map(([side, of]) => [side, map(of, side as Name)]);
  return Object.fromEntries(entries) as Record<Name, To>;
}

function entryPoint(name: string): string {
  return join(here, name, 'setExternalPartnerConnection.ts');
}

async function writePackage(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'package.json'), JSON.stringify({ main: 'functions/*.cjs' }));
}
