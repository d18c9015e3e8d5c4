import { rm } from 'node:fs/promises';
import { type BuildOptions, build } from 'esbuild';
import { leanIdentity } from './leanIdentity.ts';

/** How functions are bundled. What a function imports dynamically becomes a chunk of its own. */
export const bundling: BuildOptions = {
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  mainFields: ['module', 'main'],
  // Names stay: restoring them at run time costs more, at every start and every call, than their bytes.
  minifySyntax: true,
  minifyWhitespace: true,
  sourcemap: 'linked',
  legalComments: 'none',
  logLevel: 'warning',
  plugins: [leanIdentity],
  // The Functions worker provides this module by patching CommonJS `require`.
  external: ['@azure/functions-core'],
  // What CommonJS packages in the bundle expect and an ES module lacks.
  banner: {
    js: [
      "import{createRequire as __createRequire}from'node:module';",
      'const require=__createRequire(import.meta.url),__dirname=import.meta.dirname;',
    ].join(''),
  },
};

/**
 * Bundles every function file to `dist/functions/*.js`, which is what `main` of package.json names and all that
 * is deployed beside host.json.
 */
export async function buildApp(): Promise<void> {
  await rm('dist', { recursive: true, force: true });
  await build({ ...bundling, entryPoints: ['functions/*.ts'], outdir: 'dist', outbase: '.' });
}

if (import.meta.main) await buildApp();
