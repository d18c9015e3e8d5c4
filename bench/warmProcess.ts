/** Loads the app in the directory that the first argument names and makes the requests that it is told to. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { startWorker } from '../local/functionsHost/worker.ts';
import { createInvocation } from './invocation.ts';
import { type Cost, load } from './load.ts';

/** Make this many requests; with `collect`, collect garbage after them. */
export type Task = { readonly count: number; readonly concurrency: number; readonly collect?: boolean };

export type Report = Cost & {
  /** Resident set size after the requests, in bytes. */
  readonly rss: number;
  /** What the heap of objects holds after the requests, in bytes. */
  readonly heapUsed: number;
  /** How late timers were: the 99th percentile, in milliseconds. */
  readonly eventLoopDelayMs: number;
};

const RESOLUTION_MS = 1;

const [appRoot = ''] = process.argv.slice(2);

async function serve(): Promise<void> {
  const worker = await startWorker({ appRoot, log: () => {} });
  process.on('message', async ({ collect, ...task }: Task) => {
    const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    delay.enable();
    const cost = await load(
      (index) => worker.invoke('setExternalPartnerConnection', createInvocation(index)),
      task,
    );
    delay.disable();
    if (collect) globalThis.gc?.();
    const report: Report = {
      ...cost,
      rss: process.memoryUsage.rss(),
      heapUsed: process.memoryUsage().heapUsed,
      eventLoopDelayMs: Math.max(0, delay.percentile(99) / 1e6 - RESOLUTION_MS),
    };
    process.send?.(report);
  });
  process.send?.('ready');
}

void serve();
