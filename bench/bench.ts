/**
 * `npm run bench`: what this app costs beside a bare function and beside the same job written by the docs.
 * Prints one table; `--json FILE` writes every figure; `--quick` is a smoke run whose figures mean nothing;
 * `--only cold,warm,growth,package` runs these sections only; `--worker DIRECTORY` makes the cold starts with the
 * Functions worker that is built there.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { countLoaded, measureCold, startProgram } from './cold.ts';
import { startEnvironment } from './environment.ts';
import { startFunctionsHost } from './functionsWorker.ts';
import { measureGrowth } from './growth.ts';
import { measurePackage } from './package.ts';
import { measurePhases } from './phases.ts';
import { prepareProgram } from './program.ts';
import { prepareSides, type Side } from './sides.ts';
import { coldRows, formatTable, growthRows, packageRows, type Row, warmRows } from './table.ts';
import { measureWarm } from './warm.ts';

const { values: options } = parseArgs({
  options: {
    json: { type: 'string' },
    quick: { type: 'boolean', default: false },
    worker: { type: 'string' },
    only: { type: 'string', default: 'cold,warm,growth,package' },
  },
});
const sections = new Set(options.only.split(','));

const counts = options.quick
  ? { cold: 1, rounds: 1, requests: 64, warmUp: 16, processes: 1, checkpoints: [50, 100, 150] }
  : {
      cold: 21,
      rounds: 11,
      requests: 1_000,
      warmUp: 3_000,
      processes: 10,
      checkpoints: [5_000, 20_000, 50_000],
    };

const directory = await mkdtemp(join(tmpdir(), 'external-partner-bench-'));
const environment = await startEnvironment(directory);
try {
  const sides = await prepareSides(directory);
  const program = (name: string) => prepareProgram(name, directory);
  const [coldProgram, warmProgram, fetchProgram, phaseProgram] = (await Promise.all(
    ['coldProcess', 'warmProcess', 'fetchProcess', 'phaseProcess'].map(program),
  )) as [string, string, string, string];
  const rows: Row[] = [];

  if (sections.has('cold')) {
    const host = options.worker === undefined ? undefined : await startFunctionsHost(resolve(options.worker));
    const startProcess = host?.startProcess ?? startProgram(coldProgram);
    rows.push(...coldRows(await measureCold({ startProcess, sides, environment }, counts.cold)));
    host?.close();
  }
  if (sections.has('warm')) {
    const programs = { warm: warmProgram, fetch: fetchProgram };
    const loads = await measureWarm({ programs, sides, environment }, counts);
    const split = await measurePhases({ program: phaseProgram, environment }, counts);
    rows.push(...warmRows(loads, split));
  }
  if (sections.has('growth')) {
    rows.push(
      ...growthRows(await measureGrowth({ program: warmProgram, app: sides.app, environment }, counts)),
    );
  }
  if (sections.has('package')) {
    const loaded = {} as Record<Side, Awaited<ReturnType<typeof countLoaded>>>;
    for (const [side, directory] of Object.entries(sides)) {
      loaded[side as Side] = await countLoaded({ program: coldProgram, environment }, directory);
    }
    rows.push(...packageRows(await measurePackage(sides.app), loaded));
  }

  const machine = `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model.trim()}, ${process.platform}`;
  console.log(`${machine}\n`);
  console.log(formatTable(rows));
  if (options.json) {
    await writeFile(
      options.json,
      `${JSON.stringify({ machine, quick: options.quick, counts, rows }, null, 2)}\n`,
    );
  }
} finally {
  await environment.close();
  await rm(directory, { recursive: true, force: true });
}
