import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTaskProcess } from '../bench/taskProcess.ts';
import { buildLocalApp } from '../local/buildLocalApp.ts';
import { startStandIns } from '../local/standIns.ts';
import local from '../local.settings.json' with { type: 'json' };
import { hostileGraph, partnerIds } from './hostileMessages.ts';
import type { HostileReport, HostileTask } from './hostileProcess.ts';
import { aPartner } from './partner.ts';
import { createRandom } from './random.ts';

const ROUNDS = 10;
/** The heap that the app may have at all, in MiB. */
const HEAP_MIB = 128;
/** How much more the heap of objects may hold after the last round than after the second, which has filled what is remembered. */
const MOST_GROWTH = 1.2;
const LONGEST_RESULT = 64 * 1024;
const LONGEST_LINE = 32_768;

/**
 * Takes one process through so many hostile messages, in ten rounds.
 *
 * @returns what is wrong; empty if memory stayed flat and everything within its bounds
 */
export async function runHostile({ seed, messages }: { seed: number; messages: number }): Promise<string[]> {
  const directory = await mkdtemp(join(tmpdir(), 'external-partner-hostile-'));
  const standIns = await startStandIns({ directory, keepJournal: false, partners: partnerIds.map(aPartner) });
  standIns.graph.fault = hostileGraph(createRandom(seed));
  const worker = await startTaskProcess<HostileTask, HostileReport>(
    join(import.meta.dirname, 'hostileProcess.ts'),
    [await buildLocalApp(directory)],
    {
      ...process.env,
      ...local.Values,
      ...standIns.environment,
      NODE_OPTIONS: `--max-old-space-size=${HEAP_MIB}`,
    },
  );
  try {
    const count = Math.ceil(messages / ROUNDS);
    const reports: HostileReport[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const report = await worker.run({ seed, from: round * count, count });
      reports.push(report);
      console.log(lineOf((round + 1) * count, report));
    }
    return problemsIn(reports);
  } finally {
    await worker.end();
    await standIns.close();
    await rm(directory, { recursive: true, force: true });
  }
}

function lineOf(messages: number, { heapUsed, rss, elapsedMs, outcomes }: HostileReport): string {
  const mebibytes = (size: number) => `${(size / 1024 / 1024).toFixed(1)} MiB`;
  const counts = Object.entries(outcomes).map(([outcome, count]) => `${outcome} ${count}`);
  return [
    `${messages} messages`,
    `heap ${mebibytes(heapUsed)}`,
    `RSS ${mebibytes(rss)}`,
    `${(elapsedMs / 1000).toFixed(1)} s`,
    ...counts,
  ].join(', ');
}

function problemsIn(reports: readonly HostileReport[]): string[] {
  const first = reports[1]?.heapUsed ?? 0;
  const last = reports.at(-1)?.heapUsed ?? 0;
  const longestResult = Math.max(...reports.map((report) => report.longestResult));
  const longestLine = Math.max(...reports.map((report) => report.longestLine));
  return [
    ...(last > first * MOST_GROWTH ? [`the heap grew from ${first} to ${last} bytes`] : []),
    ...(longestResult > LONGEST_RESULT ? [`a result has ${longestResult} bytes`] : []),
    ...(longestLine > LONGEST_LINE ? [`a line of the log has ${longestLine} characters`] : []),
  ];
}
