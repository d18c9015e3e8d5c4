import type { BenchEnvironment } from './environment.ts';
import { median } from './load.ts';
import { startTaskProcess } from './taskProcess.ts';
import type { Report, Task } from './warmProcess.ts';

/** The app after a number of requests. */
export type Growth = {
  readonly requests: number;
  /** Resident set size after garbage collection, in bytes. */
  readonly rss: number;
  /** The same of the heap of objects alone. */
  readonly heapUsed: number;
  readonly cpuMs: number;
  readonly eventLoopDelayMs: number;
};

/**
 * Takes fresh processes through as many requests as the last checkpoint says, and measures around each checkpoint.
 * CPU and delay are those of the last requests before it, half as many as the first checkpoint; garbage is
 * collected after them, not before, since that would have them compile again what it throws away.
 */
export async function measureGrowth(
  { program, app, environment }: { program: string; app: string; environment: BenchEnvironment },
  { processes, checkpoints }: { processes: number; checkpoints: readonly number[] },
): Promise<Growth[]> {
  const measured = checkpoints.map(() => [] as Report[]);
  const count = Math.ceil((checkpoints[0] ?? 0) / 2);
  for (let index = 0; index < processes; index++) {
    const worker = await startTaskProcess<Task, Report>(program, [app], environment.apart[0]);
    try {
      let done = 0;
      for (const [at, checkpoint] of checkpoints.entries()) {
        await worker.run({ count: checkpoint - done - count, concurrency: 16 });
        measured[at]?.push(await worker.run({ count, concurrency: 16, collect: true }));
        done = checkpoint;
      }
    } finally {
      await worker.end();
    }
  }
  return checkpoints.map((requests, at) => {
    const reports = measured[at] ?? [];
    return {
      requests,
      rss: median(reports.map(({ rss }) => rss)),
      heapUsed: median(reports.map(({ heapUsed }) => heapUsed)),
      cpuMs: median(reports.map((report) => report.cpuMs / report.requests)),
      eventLoopDelayMs: median(reports.map(({ eventLoopDelayMs }) => eventLoopDelayMs)),
    };
  });
}
