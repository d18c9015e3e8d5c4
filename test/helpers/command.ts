import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import type { StandIns } from '../../local/standIns.ts';

export type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** Runs a command as a person does, against these stand-ins, with nobody at the keyboard. */
export async function epc(
  args: readonly string[],
  { environment }: Pick<StandIns, 'environment'>,
): Promise<Ended> {
  const child = spawn(process.execPath, ['cli/epc.mjs', ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exit = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [code, stdout, stderr] = await Promise.all([exit, text(child.stdout), text(child.stderr)]);
  // On a busy machine, a command says that it is still connecting.
  return { code, stdout, stderr: stderr.replace(/^Connecting to .* …\n/gm, '') };
}
