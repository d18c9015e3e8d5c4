import { rm } from 'node:fs/promises';
import { build } from 'esbuild';

/**
 * Bundles every function file to `dist/functions/*.js`, which is what `main` of package.json names and all that
 * is deployed beside host.json. What a function imports dynamically becomes a chunk of its own.
 */
export async function buildApp(): Promise<void> {
  await rm('dist', { recursive: true, force: true });
  await build({
    entryPoints: ['functions/*.ts'],
    outdir: 'dist',
    outbase: '.',
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    mainFields: ['module', 'main'],
    minify: true,
    keepNames: true,
    sourcemap: 'linked',
    legalComments: 'none',
    logLevel: 'warning',
    // The Functions worker provides this module by patching CommonJS `require`.
    external: ['@azure/functions-core'],
    // What CommonJS packages in the bundle expect and an ES module lacks.
    banner: {
      js: [
        "import{createRequire as __createRequire}from'node:module';",
        'const require=__createRequire(import.meta.url),__dirname=import.meta.dirname;',
      ].join(''),
    },
  });
}

if (import.meta.main) await buildApp();
