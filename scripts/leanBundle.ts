import type { Plugin } from 'esbuild';

/** What `ManagedIdentityCredential` would load for Kubernetes, which the Functions host is not. */
const TOKEN_EXCHANGE = /managedIdentityCredential[\\/]tokenExchangeMsi\.js$/;
const NEVER_AVAILABLE = `export const tokenExchangeMsi = {
  name: 'tokenExchangeMsi',
  isAvailable: async () => false,
  getToken: async () => null,
};`;

/** What the agents for proxies log for a developer, the password of the proxy included. */
const DEBUG_LOG = /node_modules[\\/]debug[\\/]src[\\/]index\.js$/;
const NEVER_LOGS = 'module.exports = () => () => {};';

/** Packages whose modules only export, and do not say so: esbuild keeps all of them otherwise. */
const ONLY_EXPORT =
  /node_modules[\\/](@azure[\\/]msal-(node|common)|jsonwebtoken|@microsoft[\\/]microsoft-graph-client)[\\/]/;

/**
 * Leaves out of the bundle what a managed identity and one PATCH never need: the clients for people and secrets,
 * the signing of JSON Web Tokens, batches and uploads, logs for developers. It would be a third of what a cold start
 * compiles before the first PATCH.
 */
export const leanBundle: Plugin = {
  name: 'lean-bundle',
  setup(build) {
    // Nothing here sends a form; to look for one would load the built-in fetch.
    build.initialOptions.define = { ...build.initialOptions.define, FormData: 'undefined' };
    build.onLoad({ filter: TOKEN_EXCHANGE }, () => ({ contents: NEVER_AVAILABLE, loader: 'js' }));
    build.onLoad({ filter: DEBUG_LOG }, () => ({ contents: NEVER_LOGS, loader: 'js' }));
    build.onResolve(
      { filter: /msal|jsonwebtoken|microsoft-graph-client|^\./ },
      async ({ path, kind, importer, resolveDir, pluginData }) => {
        if (pluginData === leanBundle || kind === 'entry-point') return undefined;
        const resolved = await build.resolve(path, { kind, importer, resolveDir, pluginData: leanBundle });
        return ONLY_EXPORT.test(resolved.path) ? { path: resolved.path, sideEffects: false } : undefined;
      },
    );
  },
};
