import { rm, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { builtinModules } from './builtinModules.ts';
import { leanBundle } from './leanBundle.ts';
import { writePackageFiles } from './packageFiles.ts';
import { thirdPartyNotices } from './thirdPartyNotices.ts';

const root = join(import.meta.dirname, '..');

/** What the app imports dynamically stays out of its bundle in `functions/`, and is a bundle of its own. */
const apart: Plugin = {
  name: 'apart',
  setup({ onResolve }) {
    onResolve({ filter: /\.ts$/ }, ({ kind, path, resolveDir }) => {
      if (kind !== 'dynamic-import') return undefined;
      const bundle = join(resolveDir, path).replace(/\.ts$/, '.cjs');
      const fromFunctions = relative(join(root, 'functions'), bundle).split(sep).join('/');
      return { path: fromFunctions, external: true };
    });
  },
};

const leftOut = join(import.meta.dirname, 'leftOut.ts');

/**
 * How the app is bundled. As CommonJS, because an ES module that imports one of Node's own modules makes all of it
 * load, and because the Functions worker provides `@azure/functions-core` by patching `require`.
 */
export const bundling: BuildOptions = {
  bundle: true,
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  supported: { 'dynamic-import': false },
  platform: 'node',
  target: 'node22',
  mainFields: ['module', 'main'],
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
  plugins: [apart, builtinModules, leanBundle],
  alias: {
    '@azure/monitor-opentelemetry': leftOut,
    '@opentelemetry/exporter-logs-otlp-http': leftOut,
    '@opentelemetry/exporter-metrics-otlp-http': leftOut,
    '@opentelemetry/exporter-trace-otlp-http': leftOut,
  },
  // Nothing here sends a form; to look for one would load the built-in fetch.
  define: { FormData: 'undefined' },
  external: ['@azure/functions-core'],
};

/** The app: every function, and what they load later. */
export const app: BuildOptions = {
  ...bundling,
  entryPoints: ['functions/*.ts', 'shared/report/applicationInsights.ts'],
  outbase: '.',
};

/**
 * Makes a directory the whole package that is deployed: every function bundled to `functions/*.cjs`, what they load
 * later, and the files that tell the Functions host how to run them. Nothing else may be in there, since all of it is
 * uploaded.
 *
 * @param sourcemap adds source maps, to debug the app on this machine
 */
export async function buildApp(directory: string, { sourcemap = false } = {}): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  const { metafile } = await build({ ...app, sourcemap, outdir: directory, metafile: true });
  await writeFile(join(directory, 'THIRD-PARTY-NOTICES.txt'), thirdPartyNotices(metafile));
  await writePackageFiles(directory);
}

if (import.meta.main) await buildApp('dist');
