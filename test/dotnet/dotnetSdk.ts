import { type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** The project in this folder and PowerShell 7.6 are for .NET 10. */
const oldestSdk = 10;

/** Where everything goes that is built or downloaded here; git and the linter leave it alone. */
export const outputFolder = join(import.meta.dirname, '../../.local/dotnet');

/** Whether this machine has an SDK of .NET that is new enough. */
export function hasDotnetSdk(): boolean {
  const { stdout } = spawnSync('dotnet', ['--list-sdks'], { encoding: 'utf8', env: dotnetEnvironment() });
  return (stdout ?? '').split('\n').some((line) => Number.parseInt(line, 10) >= oldestSdk);
}

/** The environment for `dotnet`, which wants a home to write to. */
export function dotnetEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, HOME: writableHome(), DOTNET_NOLOGO: '1', DOTNET_CLI_TELEMETRY_OPTOUT: '1' };
}

function writableHome(): string {
  const home = process.env.HOME;
  try {
    accessSync(home ?? '', constants.W_OK);
    return home ?? '';
  } catch {
    const own = join(outputFolder, 'home');
    mkdirSync(own, { recursive: true });
    return own;
  }
}

/** Runs `dotnet` and returns its exit code. One that does not end in time is ended, and has failed. */
export async function dotnet(
  args: readonly string[],
  {
    timeoutMs,
    env = {},
    stdio = ['ignore', 'inherit', 'inherit'],
  }: {
    timeoutMs: number;
    env?: NodeJS.ProcessEnv;
    stdio?: SpawnOptions['stdio'];
  },
): Promise<number> {
  const running = spawn('dotnet', args, {
    stdio,
    env: { ...dotnetEnvironment(), ...env },
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
  return await new Promise((resolve, reject) => {
    running.once('error', reject);
    running.once('exit', (code) => resolve(code ?? 1));
  });
}
