import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { BenchEnvironment } from './environment.ts';
import { median } from './load.ts';
import type { Sides } from './prepare.ts';

/** Milliseconds from the start of the process. */
export type ColdStart = { readonly loadedMs: number; readonly patchMs: number; readonly doneMs: number };

export type Cold = Record<keyof Sides, ColdStart>;

/** Starts every side in a fresh process, round by round, and gives the medians. */
export async function measureCold(
  { program, sides, environment }: { program: string; sides: Sides; environment: BenchEnvironment },
  rounds: number,
): Promise<Cold> {
  const starts: Record<keyof Sides, ColdStart[]> = { bare: [], app: [], readyToken: [], byTheDocs: [] };
  const names = Object.keys(starts) as (keyof Sides)[];
  // The first round fills the operating system's file cache and does not count.
  for (let round = -1; round < rounds; round++) {
    for (const name of names) {
      const start = await startCold(program, sides[name], environment);
      if (round >= 0) starts[name].push(start);
    }
  }
  const middle = (side: keyof Sides): ColdStart => ({
    loadedMs: median(starts[side].map(({ loadedMs }) => loadedMs)),
    patchMs: median(starts[side].map(({ patchMs }) => patchMs)),
    doneMs: median(starts[side].map(({ doneMs }) => doneMs)),
  });
  return {
    bare: middle('bare'),
    app: middle('app'),
    readyToken: middle('readyToken'),
    byTheDocs: middle('byTheDocs'),
  };
}

async function startCold(
  program: string,
  appRoot: string,
  environment: BenchEnvironment,
): Promise<ColdStart> {
  let patchMs = Number.NaN;
  const start = performance.now();
  const sinceStart = () => performance.now() - start;
  const ignore = environment.graph.onEntry(({ method }) => {
    if (method === 'PATCH') patchMs = sinceStart();
  });
  const child = spawn(process.execPath, [program, appRoot], {
    env: environment.variables.here,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    return await new Promise<ColdStart>((resolve, reject) => {
      let loadedMs = Number.NaN;
      child.once('exit', (code) => reject(new Error(`${appRoot} ended with ${code} before it was done.`)));
      child.stdout.on('data', (data: Buffer) => {
        const text = data.toString();
        if (text.includes('loaded\n')) loadedMs = sinceStart();
        if (text.includes('done\n')) resolve({ loadedMs, patchMs, doneMs: sinceStart() });
      });
    });
  } finally {
    ignore();
    child.removeAllListeners('exit');
    if (child.exitCode === null) {
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
    }
  }
}

/** What a side has loaded when its first PATCH sets off: files, and bytes of code in them. */
export async function countLoaded(
  { program, environment }: { program: string; environment: BenchEnvironment },
  appRoot: string,
): Promise<{ modules: number; bytes: number }> {
  const child = spawn(process.execPath, [program, appRoot, '--count'], {
    env: environment.variables.here,
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
