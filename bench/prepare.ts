import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { app, bundling } from '../scripts/build.ts';

/** The apps that are compared, each ready to be loaded from its directory. */
export type Sides = {
  readonly bare: string;
  readonly app: string;
  /** This app, its identity replaced by a token that is already there. */
  readonly readyToken: string;
  readonly byTheDocs: string;
  /** The same, bundled and minified by esbuild with no more than what that takes. */
  readonly byTheDocsBundled: string;
};

const here = import.meta.dirname;
const root = resolve(here, '..');

/**
 * Copies or builds each side into the directory, so that nothing changes underneath a run, and no side loads
 * TypeScript: this app as it is in `dist`, the bare function bundled in the same way, and the app by the docs
 * compiled to CommonJS beside the real `node_modules`, and once more bundled.
 */
export async function prepareSides(directory: string): Promise<Sides> {
  const sides = {
    bare: join(directory, 'bare'),
    app: join(directory, 'app'),
    readyToken: join(directory, 'readyToken'),
    byTheDocs: join(directory, 'docs'),
    byTheDocsBundled: join(directory, 'docsBundled'),
  };
  const main = 'functions/*.cjs';
  const entry = (name: string) => join(here, name, 'setExternalPartnerConnection.ts');

  await cp(join(root, 'dist'), sides.app, { recursive: true });
  await writePackage(sides.bare, { main });
  await build({
    ...bundling,
    entryPoints: [entry('bare')],
    outdir: join(sides.bare, 'functions'),
  });
  await writePackage(sides.readyToken, { main });
  await build({
    ...app,
    alias: { '@azure/identity': join(here, 'readyIdentity.ts') },
    absWorkingDir: root,
    outdir: sides.readyToken,
  });
  await writePackage(sides.byTheDocs, { main });
  await build({
    entryPoints: [entry('byTheDocs')],
    outdir: join(sides.byTheDocs, 'functions'),
    outExtension: { '.js': '.cjs' },
    format: 'cjs',
    platform: 'node',
    target: 'node24',
  });
  await symlink(join(root, 'node_modules'), join(sides.byTheDocs, 'node_modules'));
  await writePackage(sides.byTheDocsBundled, { main });
  await build({
    entryPoints: [entry('byTheDocs')],
    outdir: join(sides.byTheDocsBundled, 'functions'),
    outExtension: { '.js': '.cjs' },
    bundle: true,
    minify: true,
    format: 'cjs',
    platform: 'node',
    target: 'node24',
    external: ['@azure/functions-core'],
  });
  return sides;
}

/** Bundles a program of this folder, so that its process spends no time on TypeScript. */
export async function prepareProgram(name: string, directory: string): Promise<string> {
  const outfile = join(directory, `${name}.cjs`);
  await build({ ...bundling, entryPoints: [join(here, `${name}.ts`)], outfile });
  return outfile;
}

async function writePackage(directory: string, content: object): Promise<void> {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'package.json'), JSON.stringify(content));
}
