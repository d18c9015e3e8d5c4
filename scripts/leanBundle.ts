import type { Plugin } from 'esbuild';

const EXPORTER = '@azure/monitor-opentelemetry-exporter/dist/esm';

/** Modules of packages, and what stands in for them. */
export const replacements: ReadonlyMap<string, string> = new Map([
  // It asks Microsoft every hour whether to send records elsewhere, or other ones.
  [`${EXPORTER}/_configuration/configurationWorker.js`, 'export class ConfigurationWorker { shutdown() {} }'],
  // What the SDK reports on itself to its makers, which the app has switched off.
  [`${EXPORTER}/export/statsbeat/networkStatsbeatMetrics.js`, 'export class NetworkStatsbeatMetrics {}'],
  [
    `${EXPORTER}/export/statsbeat/longIntervalStatsbeatMetrics.js`,
    'export class LongIntervalStatsbeatMetrics {}',
  ],
  [`${EXPORTER}/export/statsbeat/customerSDKStats.js`, 'export class CustomerSDKStatsMetrics {}'],
  // Metrics, of which the app sends none.
  [`${EXPORTER}/export/metric.js`, 'export class AzureMonitorMetricExporter {}'],
  [
    '@opentelemetry/sdk-metrics/build/esm/index.js',
    `export class MeterProvider { async forceFlush() {} async shutdown() {} }
    export class PeriodicExportingMetricReader {}`,
  ],
  // All of the SDK but its client.
  [
    'applicationinsights/out/src/index.js',
    "exports.TelemetryClient = require('./shim/telemetryClient').TelemetryClient;",
  ],
  // A managed identity in Kubernetes, where the Functions host is not.
  [
    '@azure/identity/dist/esm/credentials/managedIdentityCredential/tokenExchangeMsi.js',
    `export const tokenExchangeMsi = {
      name: 'tokenExchangeMsi',
      isAvailable: async () => false,
      getToken: async () => null,
    };`,
  ],
  // The pipeline of a credential, of which only the call is left: the app tries again itself.
  [
    '@azure/core-client/dist/esm/serviceClient.js',
    `export class ServiceClient {
      constructor({ httpClient }) { this.sendRequest = (request) => httpClient.sendRequest(request); }
    }`,
  ],
  // How an SDK would make its calls; `shared/kit/sdkHttp.ts` makes them.
  ['http-proxy-agent/dist/index.js', 'export class HttpProxyAgent {}'],
  ['https-proxy-agent/dist/index.js', 'export class HttpsProxyAgent {}'],
  [
    '@typespec/ts-http-runtime/dist/esm/nodeHttpClient.js',
    "export function createNodeHttpClient() { throw new Error('scripts/leanBundle.ts leaves this out.'); }",
  ],
]);

/** Packages whose modules only export, and do not say so: esbuild keeps all of them otherwise. */
const ONLY_EXPORT =
  /node_modules[\\/](@azure[\\/]msal-(node|common)|jsonwebtoken|@microsoft[\\/]microsoft-graph-client)[\\/]/;

/** Leaves out of the bundle what must not run in the app, and what a cold start need not compile before the first PATCH. */
export const leanBundle: Plugin = {
  name: 'lean-bundle',
  setup({ onLoad, onResolve, resolve }) {
    onLoad({ filter: /node_modules/ }, ({ path }) => {
      const module = path.replaceAll('\\', '/').split('/node_modules/').at(-1) ?? '';
      const contents = replacements.get(module);
      return contents === undefined ? undefined : { contents, loader: 'js' };
    });
    // As ES modules also for files that require them: esbuild then keeps only what is used of what they import.
    onResolve({ filter: /^@(azure|opentelemetry)\// }, ({ path, kind, importer, resolveDir }) =>
      kind === 'require-call' ? resolve(path, { kind: 'import-statement', importer, resolveDir }) : undefined,
    );
    onResolve(
      { filter: /msal|jsonwebtoken|microsoft-graph-client|^\./ },
      async ({ path, kind, importer, resolveDir, pluginData }) => {
        if (pluginData === leanBundle || kind === 'entry-point') return undefined;
        const resolved = await resolve(path, { kind, importer, resolveDir, pluginData: leanBundle });
        return ONLY_EXPORT.test(resolved.path) ? { path: resolved.path, sideEffects: false } : undefined;
      },
    );
  },
};
