import type { BenchEnvironment } from './environment.ts';
import { median } from './load.ts';
import { startTaskProcess } from './taskProcess.ts';

const phases = ['parse', 'token', 'Graph client', 'wire', 'record', 'flush'] as const;

/** Mean milliseconds of one request in each phase; `wire` is the PATCH itself, response included. */
export type Phases = Record<(typeof phases)[number], number>;

/** Where the time of one request goes, one at a time against Graph at once: medians over the rounds. */
export async function measurePhases(
  { program, environment }: { program: string; environment: BenchEnvironment },
  { rounds, requests, warmUp }: { rounds: number; requests: number; warmUp: number },
): Promise<Phases> {
  const worker = await startTaskProcess<{ count: number }, Phases>(program, [], environment.apart[0]);
  try {
    await worker.run({ count: warmUp });
    const measured: Phases[] = [];
    for (let round = 0; round < rounds; round++) measured.push(await worker.run({ count: requests }));
    const split = phases.map((phase) => [phase, median(measured.map((one) => one[phase]))] as const);
    return Object.fromEntries(split) as Phases;
  } finally {
    await worker.end();
  }
}
