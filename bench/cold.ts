import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { BenchEnvironment, GraphMs } from './environment.ts';
import { median } from './load.ts';
import { mapSides, type Side } from './sides.ts';

/** What arrives at a fresh process. */
export type ColdLoad = {
  readonly graphMs: GraphMs;
  /** Messages that arrive together, each for a partner of its own. */
  readonly messages: number;
};

/** Milliseconds from the start of the process. */
export type ColdStart = {
  readonly loadedMs: number;
  /** The last PATCH is at Graph. */
  readonly patchMs: number;
  /** The last result is with the host. */
  readonly resultMs: number;
};

export type Cold<Name extends string = Side> = ColdLoad & { readonly sides: Record<Name, ColdStart> };

/** A fresh process that loads an app and hands it messages, all at once. */
export type ColdProcess = {
  readonly child: ChildProcess;
  readonly loaded: Promise<void>;
  /** Every message has its result. */
  readonly done: Promise<void>;
};

export type StartProcess = (appRoot: string, messages: number, env: NodeJS.ProcessEnv) => ColdProcess;

const LOADS: readonly ColdLoad[] = [1, 16].flatMap((messages) =>
  ([0, 100, 300] as const).map((graphMs) => ({ graphMs, messages })),
);

/** Starts every side in a fresh process under every load, round by round, and gives the medians. */
export async function measureCold<Name extends string>(
  {
    startProcess,
    sides,
    environment,
  }: {
    startProcess: StartProcess;
    /** The directories of the apps. */
    sides: Readonly<Record<Name, string>>;
    environment: BenchEnvironment;
  },
  rounds: number,
): Promise<Cold<Name>[]> {
  const measured = LOADS.map((load) => ({ load, starts: mapSides(sides, () => [] as ColdStart[]) }));
  // The first round fills the operating system's file cache and does not count.
  for (let round = -1; round < rounds; round++) {
    for (const { load, starts } of measured) {
      for (const [side, directory] of Object.entries<string>(sides)) {
        const start = await startCold(startProcess, directory, load, environment);
        if (round >= 0) starts[side as Name].push(start);
      }
    }
  }
  return measured.map(({ load, starts }) => ({ ...load, sides: mapSides(starts, medians) }));
}

function medians(starts: readonly ColdStart[]): ColdStart {
  return {
    loadedMs: median(starts.map(({ loadedMs }) => loadedMs)),
    patchMs: median(starts.map(({ patchMs }) => patchMs)),
    resultMs: median(starts.map(({ resultMs }) => resultMs)),
  };
}

async function startCold(
  startProcess: StartProcess,
  appRoot: string,
  { graphMs, messages }: ColdLoad,
  environment: BenchEnvironment,
): Promise<ColdStart> {
  const { graph, variables } = environment.here[graphMs];
  let [loadedMs, patchMs] = [Number.NaN, Number.NaN];
  const start = performance.now();
  const sinceStart = () => performance.now() - start;
  const ignore = graph.onEntry(({ method }) => {
    if (method === 'PATCH') patchMs = sinceStart();
  });
  const { child, loaded, done } = startProcess(appRoot, messages, variables);
  const exit = once(child, 'exit');
  const failed = exit.then(([code]) => {
    throw new Error(`${appRoot} ended with ${code} before it was done.`);
  });
  void loaded.then(() => {
    loadedMs = sinceStart();
  });
  try {
    await Promise.race([done, failed]);
    return { loadedMs, patchMs, resultMs: sinceStart() };
  } finally {
    ignore();
    child.kill('SIGKILL');
    await exit;
  }
}

/** Loads the app and hands it messages as the program says, without the Functions worker. */
export function startProgram(program: string): StartProcess {
  return (appRoot, messages, env) => {
    const child = spawn(process.execPath, [program, appRoot, String(messages)], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const says = (word: string) =>
      new Promise<void>((resolve) => {
        child.stdout.on('data', (data: Buffer) => data.includes(`${word}\n`) && resolve());
      });
    return { child, loaded: says('loaded'), done: says('done') };
  };
}

/** What a side has loaded when its first PATCH sets off: files, and bytes of code in them. */
export async function countLoaded(
  { program, environment }: { program: string; environment: BenchEnvironment },
  appRoot: string,
): Promise<{ modules: number; bytes: number }> {
  const child = spawn(process.execPath, [program, appRoot, '1', '--count'], {
    env: environment.here[0].variables,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  for await (const data of child.stdout) {
    text += data;
    if (text.includes('done\n')) child.kill('SIGKILL');
  }
  const [line = '{}'] = /^\{.*\}$/m.exec(text) ?? [];
  return JSON.parse(line);
}
