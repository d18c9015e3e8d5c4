import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Plugin } from 'esbuild';
import { namesUsed } from './namesUsed.ts';

type UsedPackage = { readonly name: string; readonly uses: readonly string[]; readonly resolveDir: string };

/**
 * Takes of a package only what the telemetry SDK uses of it. The SDK is CommonJS, and of what a CommonJS file requires
 * esbuild would keep everything; so each file gets a module that exports the names it uses, and no more.
 */
export const leanRequires: Plugin = {
  name: 'lean-requires',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@(azure|opentelemetry)\// }, async ({ path: name, kind, importer }) => {
      if (kind !== 'require-call') return undefined;
      const uses = namesUsed(await readFile(importer, 'utf8'), name);
      if (!uses?.length) return undefined;
      const pluginData: UsedPackage = { name, uses, resolveDir: dirname(importer) };
      return { path: `${name} for ${importer}`, namespace: 'names-used', pluginData };
    });

    onLoad({ filter: /.*/, namespace: 'names-used' }, ({ pluginData }) => {
      const { name, uses, resolveDir } = pluginData as UsedPackage;
      return { resolveDir, contents: `export { ${uses} } from '${name}';` };
    });
  },
};
