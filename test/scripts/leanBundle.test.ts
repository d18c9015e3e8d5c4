import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { type BuildOptions, build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startIngestion } from '../../local/applicationInsights/ingestion.ts';
import { createCertificates, writeAuthority } from '../../local/http/certificates.ts';
import { app } from '../../scripts/build.ts';
import { replacements } from '../../scripts/leanBundle.ts';
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
  it('sends the same bytes as one from which nothing is left out, except for times, ids and which package of the SDK it names', async () => {
    const message = aMessage({ requestedBy: 'jane', reference: 'CHG1' }, { correlationId: 'c-1' });
    const failed = { outcome: 'failed', error: { code: 'networkError', message: 'é\n\u2028' } } as const;
    const unanswered = aReport({ ...failed, message: aMessage(), partner: undefined } as never);
    const startedAt = Date.parse('2030-01-31T18:00:00Z');
    const calls = [aCall({ startedAt, statusCode: 503 }), aCall({ startedAt, requestId: 'r-1' })];
    const records: TelemetryRecord[] = [
      [toEvent(aReport({ message, calls })), calls, TRACE_PARENT],
      [toEvent(unanswered), [], undefined],
    ];

    const lean = await recordsSentBy(app, records);
    const whole = await recordsSentBy({ ...app, plugins: [], alias: {}, define: {} }, records);

    expect(lean.bytes).toBeLessThan(whole.bytes / 2);
    for (const type of ['EventData', 'RemoteDependencyData']) {
      expect(lean.envelopes.filter((envelope) => envelope.includes(`"baseType":"${type}"`))).toHaveLength(2);
    }
    expect(lean.envelopes).toEqual(whole.envelopes);
  });
});

it.each([...replacements.keys()])(
  '%s is a module of its package, as long as something stands in for it',
  (module) => {
    expect(existsSync(join('node_modules', module))).toBe(true);
  },
);

async function recordsSentBy(options: BuildOptions, records: readonly TelemetryRecord[]) {
  const outfile = join(directory, 'applicationInsights.cjs');
  const { metafile } = await build({
    ...options,
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
      { env: { ...process.env, NODE_EXTRA_CA_CERTS: caFile } },
    );
    return {
      bytes: Object.values(metafile.outputs)[0]?.bytes ?? 0,
      envelopes: ingestion.envelopes.map((envelope) => withoutTimesAndIds(JSON.stringify(envelope))).sort(),
    };
  } finally {
    await ingestion.close();
  }
}

/** Its own id, where nothing gives it one, the time of an envelope, and the name of the SDK's own outermost package. */
function withoutTimesAndIds(envelope: string): string {
  return envelope
    .replace(/("ai.internal.sdkVersion":"[^"]+:)[^":]+"/, '$1"')
    .replace(/"time":"[^"]+"/, '"time":""')
    .replace(/"id":"[^"]+"/, '"id":""')
    .replace(/"ai.operation.id":"(?!0123456789abcdef)[^"]+"/, '"ai.operation.id":""');
}
