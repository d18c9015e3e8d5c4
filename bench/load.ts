/** What a number of requests cost. */
export type Cost = {
  readonly requests: number;
  /** Wall time of all, in milliseconds. */
  readonly elapsedMs: number;
  /** CPU time of the whole process, garbage collection included, in milliseconds. */
  readonly cpuMs: number;
  /** The median time of one request, in milliseconds. */
  readonly requestMs: number;
};

/** Makes `count` requests in as many sessions as `concurrency` says, each session one after the other. */
export async function load(
  request: (index: number) => Promise<unknown>,
  { count, concurrency }: { count: number; concurrency: number },
): Promise<Cost> {
  const times: number[] = [];
  const session = async (_: unknown, first: number) => {
    for (let index = first; index < count; index += concurrency) {
      const start = performance.now();
      await request(index);
      times.push(performance.now() - start);
    }
  };
  const cpu = process.cpuUsage();
  const start = performance.now();
  await Promise.all(Array.from({ length: concurrency }, session));
  const elapsedMs = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  return { requests: count, elapsedMs, cpuMs: (user + system) / 1000, requestMs: median(times) };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}
