import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** A process under test that makes requests on demand. */
export type TaskProcess<Task, Report> = {
  run(task: Task): Promise<Report>;
  end(): Promise<void>;
};

export async function startTaskProcess<Task extends object, Report>(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<TaskProcess<Task, Report>> {
  const child = fork(program, args, {
    env,
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await replyOf(child);
  return {
    async run(task) {
      const reply = replyOf(child);
      child.send(task);
      return (await reply) as Report;
    },
    async end() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
    },
  };
}

function replyOf(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const exited = (code: number | null) => reject(new Error(`A process under test ended with ${code}.`));
    child.once('exit', exited);
    child.once('message', (message) => {
      child.off('exit', exited);
      resolve(message);
    });
  });
}
