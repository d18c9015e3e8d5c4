/** Loads the app in the directory that the first argument names, and sends it the hostile messages that it is told to. */
import { load } from '../bench/load.ts';
import { startWorker } from '../local/functionsHost/worker.ts';
import { hostileInvocation } from './hostileMessages.ts';
import { createRandom } from './random.ts';

/** Which messages: `count` of them, from the one with this index on. */
export type HostileTask = { readonly seed: number; readonly from: number; readonly count: number };

export type HostileReport = {
  /** What the heap of objects holds after them, and what the process takes, in bytes. */
  readonly heapUsed: number;
  readonly rss: number;
  readonly elapsedMs: number;
  readonly outcomes: Readonly<Record<string, number>>;
  /** The longest result in bytes, and the longest line of the log in characters. */
  readonly longestResult: number;
  readonly longestLine: number;
};

const CONCURRENCY = 16;

const [appRoot = ''] = process.argv.slice(2);

async function serve(): Promise<void> {
  let longestLine = 0;
  const worker = await startWorker({
    appRoot,
    log: ({ message }) => {
      longestLine = Math.max(longestLine, message.length);
    },
  });

  process.on('message', async ({ seed, from, count }: HostileTask) => {
    const random = createRandom(seed + from);
    const outcomes: Record<string, number> = {};
    let longestResult = 0;
    const deliver = async (index: number) => {
      const invocation = hostileInvocation(random, from + index);
      const outcome = await worker
        .invoke('setExternalPartnerConnection', invocation)
        .then(({ returnValue }) => {
          const result = String(returnValue?.json ?? returnValue?.string);
          longestResult = Math.max(longestResult, Buffer.byteLength(result));
          return String(JSON.parse(result).outcome);
        })
        .catch((error: Error) => error.name);
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    };
    const { elapsedMs } = await load(deliver, { count, concurrency: CONCURRENCY });
    globalThis.gc?.();
    const { heapUsed, rss } = process.memoryUsage();
    const report: HostileReport = { heapUsed, rss, elapsedMs, outcomes, longestResult, longestLine };
    process.send?.(report);
  });
  process.send?.('ready');
}

void serve();
