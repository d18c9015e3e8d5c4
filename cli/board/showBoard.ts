import { once } from 'node:events';
import type { InputOf } from '../command/definition.ts';
import { type CommandError, UsageError } from '../command/errors.ts';
import { exitCodes } from '../command/exitCodes.ts';
import { print } from '../terminal/print.ts';
import { untilStopped } from '../terminal/untilStopped.ts';
import type { board as command } from './command.ts';
import { openBoard } from './openBoard.ts';

type BoardInput = InputOf<typeof command>;

const PORT = 4270;

export async function showBoard({ port = PORT, ...connection }: BoardInput): Promise<number> {
  const stopped = untilStopped();
  const board = await openBoard({ port, ...connection }).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EADDRINUSE' ? portInUse(port) : error;
  });
  try {
    await print(`The board is at ${board.url}`, 'Ctrl-C ends it.');
    if (!stopped.aborted) await once(stopped, 'abort');
    return exitCodes.done;
  } finally {
    await board.close();
  }
}

function portInUse(port: number): CommandError {
  return new UsageError(`Port ${port} is in use. Pass --port 0 to take a free one.`);
}
