import { readFile } from 'node:fs/promises';
import { dirname, sep } from 'node:path';
import type { Plugin } from 'esbuild';
import { namesUsed } from './namesUsed.ts';

/**
 * What `applicationinsights` imports, and a client with providers of its own never calls: automatic collection, with
 * the OpenTelemetry Node SDK, its instrumentations and `@azure/identity`, and export by OTLP, with gRPC, protobuf
 * and YAML. By the file that imports it: the package, and what the file uses of it.
 */
const NEVER_CALLED: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'applicationinsights/out/src/main.js': {
    '@azure/monitor-opentelemetry': ['useAzureMonitor', 'shutdownAzureMonitor'],
    '@opentelemetry/exporter-logs-otlp-http': ['OTLPLogExporter'],
    '@opentelemetry/exporter-trace-otlp-http': ['OTLPTraceExporter'],
  },
  'applicationinsights/out/src/shim/telemetryClientProvider.js': {
    '@opentelemetry/exporter-logs-otlp-http': ['OTLPLogExporter'],
    '@opentelemetry/exporter-metrics-otlp-http': ['OTLPMetricExporter'],
    '@opentelemetry/exporter-trace-otlp-http': ['OTLPTraceExporter'],
  },
};

/** The names that are used of each package, by any of the files. */
const LEFT_OUT = new Map<string, Set<string>>();
for (const [name, uses] of Object.values(NEVER_CALLED).flatMap(Object.entries<readonly string[]>)) {
  LEFT_OUT.set(name, new Set([...(LEFT_OUT.get(name) ?? []), ...uses]));
}

/** What such a package does when it is loaded: this version is part of every record. */
const WHEN_LOADED: Readonly<Record<string, string>> = {
  '@azure/monitor-opentelemetry': `
    import { version } from '@azure/monitor-opentelemetry/package.json';
    process.env.AZURE_MONITOR_DISTRO_VERSION = version;`,
};

/**
 * Leaves three quarters of the telemetry SDK out of the bundle. The build fails as soon as any other file imports
 * what is left out, or one of these files uses more of it. A call to it throws.
 */
export const leanTelemetry: Plugin = {
  name: 'lean-telemetry',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@(azure|opentelemetry)\// }, async ({ path, importer }) => {
      if (!LEFT_OUT.has(path)) return undefined;
      const file = importer.replaceAll(sep, '/').split('/node_modules/').at(-1) ?? '';
      const known = NEVER_CALLED[file]?.[path] ?? [];
      const used = namesUsed(await readFile(importer, 'utf8'), path) ?? ['all'];
      const text = `${file} uses ${used.join(', ')} of ${path}, which scripts/leanTelemetry.ts leaves out`;
      return used.every((name) => known.includes(name))
        ? { path, namespace: 'left-out', pluginData: dirname(importer) }
        : { errors: [{ text }] };
    });

    onLoad({ filter: /.*/, namespace: 'left-out' }, ({ path, pluginData }) => ({
      resolveDir: pluginData,
      contents: [
        WHEN_LOADED[path],
        ...[...(LEFT_OUT.get(path) ?? [])].map(
          (name) => `export function ${name}() { throw new Error('${name} is left out of this bundle.'); }`,
        ),
      ].join('\n'),
    }));
  },
};
