import type { Plugin } from 'esbuild';

/** What `ManagedIdentityCredential` would load for Kubernetes, which the Functions host is not. */
const TOKEN_EXCHANGE = /managedIdentityCredential[\\/]tokenExchangeMsi\.js$/;
const NEVER_AVAILABLE = `export const tokenExchangeMsi = {
  name: 'tokenExchangeMsi',
  isAvailable: async () => false,
  getToken: async () => null,
};`;

/** Packages whose modules only export, and do not say so: esbuild keeps all of them otherwise. */
const ONLY_EXPORT = /node_modules[\\/](@azure[\\/]msal-(node|common)|jsonwebtoken)[\\/]/;

/**
 * Leaves out of the bundle what a managed identity never needs: the clients for people and secrets, and the
 * signing of JSON Web Tokens. It would be a quarter of what a cold start compiles before the first PATCH.
 */
export const leanIdentity: Plugin = {
  name: 'lean-identity',
  setup(build) {
    build.onLoad({ filter: TOKEN_EXCHANGE }, () => ({ contents: NEVER_AVAILABLE, loader: 'js' }));
    build.onResolve(
      { filter: /msal|jsonwebtoken|^\./ },
      async ({ path, kind, importer, resolveDir, pluginData }) => {
        if (pluginData === leanIdentity || kind === 'entry-point') return undefined;
        const resolved = await build.resolve(path, { kind, importer, resolveDir, pluginData: leanIdentity });
        return ONLY_EXPORT.test(resolved.path) ? { path: resolved.path, sideEffects: false } : undefined;
      },
    );
  },
};
