import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const POLL_MS = 500;

/**
 * Ends this process once npm, or the process that forked this one, has ended, however that was. A parent that is
 * killed tells nobody, so this looks for it twice a second. npm runs a script through a shell, which may outlive it:
 * both count. A process that a person starts from a shell of their own does not end with that shell.
 *
 * To be called before anything else takes time: a parent that has ended by then cannot be found.
 */
export function endWithParent(): void {
  if (process.connected) process.once('disconnect', () => process.exit());
  if (!process.env.npm_lifecycle_event) return;
  const shell = process.ppid;
  let npm: number | undefined;
  void parentOf(shell).then((pid) => {
    npm = pid;
  });
  const poll = setInterval(() => {
    const isGone = process.ppid !== shell || !isRunning(shell) || (npm !== undefined && !isRunning(npm));
    if (isGone) process.exit();
  }, POLL_MS);
  // Nothing else has to wait for this.
  poll.unref();
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It runs, under another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The process that started a process; undefined if the system does not tell. */
async function parentOf(pid: number): Promise<number | undefined> {
  try {
    const parent = Number(await askSystem(pid));
    return Number.isInteger(parent) ? parent : undefined;
  } catch {
    return undefined;
  }
}

async function askSystem(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') {
    return /^PPid:\s*(\d+)$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];
  }
  const run = promisify(execFile);
  const { stdout } =
    process.platform === 'win32'
      ? await run('powershell', [
          '-NoProfile',
          '-Command',
          `(Get-CimInstance Win32_Process -Filter 'ProcessId=${pid}').ParentProcessId`,
        ])
      : await run('ps', ['-o', 'ppid=', '-p', String(pid)]);
  return stdout.trim();
}
