import type { BenchEnvironment } from './environment.ts';
import { median } from './load.ts';
import { mapSides, type Side } from './sides.ts';
import { startTaskProcess, type TaskProcess } from './taskProcess.ts';
import type { Report, Task } from './warmProcess.ts';

/** One side under one load. */
export type Warm = {
  /** Median time of one request. */
  readonly requestMs: number;
  readonly cpuMs: number;
  readonly requestsPerSecond: number;
};

export type WarmSide = 'fetch' | Extract<Side, 'bare' | 'app' | 'byTheDocs'>;

export type WarmLoad = {
  readonly graphMs: 0 | 100;
  readonly concurrency: number;
  readonly sides: Record<WarmSide, Warm>;
};

/** Puts every side under the same loads in turn, round by round, and gives the medians. */
export async function measureWarm(
  {
    programs,
    sides,
    environment,
  }: {
    programs: { warm: string; fetch: string };
    sides: Readonly<Record<Side, string>>;
    environment: BenchEnvironment;
  },
  { rounds, requests, warmUp }: { rounds: number; requests: number; warmUp: number },
): Promise<WarmLoad[]> {
  const loads: WarmLoad[] = [];
  for (const graphMs of [0, 100] as const) {
    const variables = environment.apart[graphMs];
    const start = (directory: string) =>
      startTaskProcess<Task, Report>(programs.warm, [directory], variables);
    const processes = {
      fetch: await startTaskProcess<Task, Report>(programs.fetch, [], variables),
      bare: await start(sides.bare),
      app: await start(sides.app),
      byTheDocs: await start(sides.byTheDocs),
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

async function inTurn(
  processes: Record<WarmSide, TaskProcess<Task, Report>>,
  task: Task,
  rounds: number,
): Promise<Record<WarmSide, Warm>> {
  const measured = mapSides(processes, (process) => ({ process, reports: [] as Report[] }));
  for (let round = 0; round < rounds; round++) {
    for (const { process, reports } of Object.values(measured)) reports.push(await process.run(task));
  }
  return mapSides(measured, ({ reports }) => ({
    requestMs: median(reports.map(({ requestMs }) => requestMs)),
    cpuMs: median(reports.map(({ cpuMs, requests }) => cpuMs / requests)),
    requestsPerSecond: median(reports.map(({ elapsedMs, requests }) => (1000 * requests) / elapsedMs)),
  }));
}
