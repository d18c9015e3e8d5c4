import type { BenchEnvironment } from './environment.ts';
import { median } from './load.ts';
import type { Sides } from './prepare.ts';
import { startTaskProcess, type TaskProcess } from './taskProcess.ts';
import type { Report, Task } from './warmProcess.ts';

/** One side under one load. */
export type Warm = {
  /** Median time of one request. */
  readonly requestMs: number;
  readonly cpuMs: number;
  readonly requestsPerSecond: number;
};

export type WarmSide = 'fetch' | 'bare' | 'app' | 'byTheDocs';

export type WarmLoad = {
  readonly graphMs: 0 | 100;
  readonly concurrency: number;
  readonly sides: Record<WarmSide, Warm>;
};

type WarmProcess = TaskProcess<Task, Report>;

/** Puts every side under the same loads in turn, round by round, and gives the medians. */
export async function measureWarm(
  {
    programs,
    sides,
    environment,
  }: {
    programs: { warm: string; fetch: string };
    sides: Sides;
    environment: BenchEnvironment;
  },
  { rounds, requests, warmUp }: { rounds: number; requests: number; warmUp: number },
): Promise<WarmLoad[]> {
  const loads: WarmLoad[] = [];
  for (const graphMs of [0, 100] as const) {
    const variables = environment.apart[graphMs];
    const processes: Record<WarmSide, WarmProcess> = {
      fetch: await startTaskProcess(programs.fetch, [], variables),
      bare: await startTaskProcess(programs.warm, [sides.bare], variables),
      app: await startTaskProcess(programs.warm, [sides.app], variables),
      byTheDocs: await startTaskProcess(programs.warm, [sides.byTheDocs], variables),
    };
    try {
      for (const process of Object.values(processes)) await process.run({ count: warmUp, concurrency: 16 });
      for (const concurrency of [1, 16]) {
        // A round takes about as long at each load.
        const count = graphMs === 0 ? (concurrency * requests) / 4 : concurrency * Math.ceil(requests / 25);
        const measured = await inTurn(processes, { count: Math.ceil(count), concurrency }, rounds);
        loads.push({ graphMs, concurrency, sides: measured });
      }
    } finally {
      for (const process of Object.values(processes)) await process.end();
    }
  }
  return loads;
}

async function inTurn(processes: Record<WarmSide, WarmProcess>, task: Task, rounds: number) {
  const reports: Record<WarmSide, Report[]> = { fetch: [], bare: [], app: [], byTheDocs: [] };
  const names = Object.keys(reports) as WarmSide[];
  for (let round = 0; round < rounds; round++) {
    for (const name of names) reports[name].push(await processes[name].run(task));
  }
  const middle = (side: WarmSide): Warm => ({
    requestMs: median(reports[side].map(({ requestMs }) => requestMs)),
    cpuMs: median(reports[side].map(({ cpuMs, requests }) => cpuMs / requests)),
    requestsPerSecond: median(reports[side].map(({ elapsedMs, requests }) => (1000 * requests) / elapsedMs)),
  });
  return { fetch: middle('fetch'), bare: middle('bare'), app: middle('app'), byTheDocs: middle('byTheDocs') };
}
