import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startIngestion } from '../../local/applicationInsights/ingestion.ts';
import { createCertificates, writeAuthority } from '../../local/http/certificates.ts';
import { app } from '../../scripts/build.ts';
import { leanRequires } from '../../scripts/leanRequires.ts';
import { leanTelemetry } from '../../scripts/leanTelemetry.ts';
import { toEvent } from '../../shared/report/record.ts';
import { aCall, aMessage, aReport } from '../helpers/factories.ts';
import type { TelemetryRecord } from '../helpers/sendRecords.ts';

const TRACE_PARENT = '00-0123456789abcdef0123456789abcdef-0123456789abcdef-01';
const SENT_FROM = resolve('test/helpers/sendRecords.ts');

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lean-telemetry-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe('the telemetry bundle', () => {
  it('sends the same bytes as one from which nothing is left out, except for times and ids', async () => {
    const message = aMessage({ requestedBy: 'jane', reference: 'CHG1' }, { correlationId: 'c-1' });
    const failed = { outcome: 'failed', error: { code: 'networkError', message: 'é\n\u2028' } } as const;
    const unanswered = aReport({ ...failed, message: aMessage(), partner: undefined } as never);
    const startedAt = Date.parse('2030-01-31T18:00:00Z');
    const calls = [aCall({ startedAt, statusCode: 503 }), aCall({ startedAt, requestId: 'r-1' })];
    const records: TelemetryRecord[] = [
      [toEvent(aReport({ message, calls })), calls, TRACE_PARENT],
      [toEvent(unanswered), [], undefined],
    ];

    const lean = await recordsSentBy(app.plugins, records);
    const whole = await recordsSentBy(
      app.plugins?.filter((plugin) => plugin !== leanTelemetry && plugin !== leanRequires),
      records,
    );

    expect(lean.bytes).toBeLessThan(whole.bytes / 2);
    for (const type of ['EventData', 'RemoteDependencyData']) {
      expect(lean.envelopes.filter((envelope) => envelope.includes(`"baseType":"${type}"`))).toHaveLength(2);
    }
    expect(lean.envelopes).toEqual(whole.envelopes);
  });

  it.each([
    ['another file', 'other.js', 'OTLPTraceExporter', 'out/src/other.js uses OTLPTraceExporter'],
    ['a file that is known, but uses more of it', 'main.js', 'More', 'out/src/main.js uses More'],
  ])('is not built if %s imports what is left out', async (_name, file, used, problem) => {
    const name = '@opentelemetry/exporter-trace-otlp-http';
    const folder = join(directory, 'node_modules/applicationinsights/out/src');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, file), `const otlp = require("${name}"); otlp.${used};`);
    const built = build({
      ...app,
      absWorkingDir: directory,
      outbase: '.',
      entryPoints: [join(folder, file)],
      outdir: directory,
      write: false,
      logLevel: 'silent',
    });
    await expect(built).rejects.toThrow(`${problem} of ${name}, which scripts/leanTelemetry.ts leaves out`);
  });
});

async function recordsSentBy(plugins: typeof app.plugins, records: readonly TelemetryRecord[]) {
  const outfile = join(directory, 'applicationInsights.cjs');
  const { metafile } = await build({
    ...app,
    ...(plugins && { plugins }),
    entryPoints: ['shared/report/applicationInsights.ts'],
    sourcemap: false,
    metafile: true,
    outfile,
  });
  const tls = await createCertificates();
  const caFile = await writeAuthority(tls, directory);
  const ingestion = await startIngestion({ tls });
  try {
    await promisify(execFile)(
      process.execPath,
      [SENT_FROM, outfile, ingestion.connectionString, JSON.stringify(records)],
      { env: { ...process.env, NODE_EXTRA_CA_CERTS: caFile, APPLICATION_INSIGHTS_NO_STATSBEAT: '1' } },
    );
    return {
      bytes: Object.values(metafile.outputs)[0]?.bytes ?? 0,
      envelopes: ingestion.envelopes.map((envelope) => withoutTimesAndIds(JSON.stringify(envelope))).sort(),
    };
  } finally {
    await ingestion.close();
  }
}

/** Its own id, where nothing gives it one, and the time of an envelope. */
function withoutTimesAndIds(envelope: string): string {
  return envelope
    .replace(/"time":"[^"]+"/, '"time":""')
    .replace(/"id":"[^"]+"/, '"id":""')
    .replace(/"ai.operation.id":"(?!0123456789abcdef)[^"]+"/, '"ai.operation.id":""');
}
