import { createRequire, isBuiltin } from 'node:module';
import type { Plugin } from 'esbuild';

const require = createRequire(import.meta.url);
const NAMESPACE = 'builtin';

/**
 * Imports Node's own modules as they are. Otherwise esbuild copies every property of such a module for every file that
 * imports its default or all of it, as the app starts.
 */
export const builtinModules: Plugin = {
  name: 'builtin-modules',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[a-z]/ }, ({ path, kind }) =>
      isBuiltin(path) && kind === 'import-statement'
        ? { path, namespace: NAMESPACE, sideEffects: false }
        : undefined,
    );
    onLoad({ filter: /./, namespace: NAMESPACE }, ({ path }) => {
      const names = Object.keys(require(path)).filter(
        (name) => /^[a-z_$][\w$]*$/i.test(name) && name !== 'default',
      );
      return {
        contents: [
          `const builtin = require('${path}');`,
          'export default builtin;',
          ...names.map((name) => `export const ${name} = /* @__PURE__ */ (() => builtin.${name})();`),
        ].join('\n'),
      };
    });
  },
};
