import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A host that runs the app in a process of its own. */
export type HostProcess = {
  readonly pid: number | undefined;
  /** Resolves with the exit code once the process has ended; null if a signal ended it. */
  readonly exited: Promise<number | null>;
  /** Lets it finish what is in flight, as the platform does when it drains an instance; resolves once it has ended. */
  drain(options?: { drainMs?: number }): Promise<void>;
  /** Ends it as SIGTERM does; resolves once it has ended. */
  shutDown(options?: { graceMs?: number }): Promise<void>;
  /** Ends it in the middle of its work, and resolves once it has ended. */
  kill(): Promise<void>;
};

/** What the host is asked over IPC: messages instead of signals, for Windows has none that a process can take its time with. */
export type HostCommand =
  | { readonly type: 'drain'; readonly drainMs?: number }
  | { readonly type: 'shutDown'; readonly graceMs?: number };

/**
 * Starts `main.ts` for an app, and resolves once it looks for messages.
 *
 * @param appRoot the folder of the app; default: the working directory
 * @param environment settings besides those of this process
 * @param onLine called for every line that the host and the app print: JSON of a `LogEntry`, or what Node prints
 * @throws Error with the exit code if it ends before it is ready
 */
export async function startHostProcess({
  appRoot = '.',
  environment,
  onLine,
}: {
  appRoot?: string;
  environment: Readonly<Record<string, string>>;
  onLine: (line: string) => void;
}): Promise<HostProcess> {
  const child = fork(join(import.meta.dirname, 'main.ts'), [appRoot, '--json'], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface(stream).on('line', onLine);
  }
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));

  const first = await Promise.race([once(child, 'message').then(() => 'ready'), exited]);
  if (first !== 'ready') throw new Error(`The host ended with exit code ${first} before it was ready.`);

  async function ask(command: HostCommand): Promise<void> {
    if (child.connected) child.send(command, () => {});
    await exited;
  }

  return {
    pid: child.pid,
    exited,
    drain: (options) => ask({ type: 'drain', ...options }),
    shutDown: (options) => ask({ type: 'shutDown', ...options }),
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
