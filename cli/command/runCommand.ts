import { debuglog } from 'node:util';
import { toSentence, UnreachableError, UsageError } from './errors.ts';
import { exitCodes } from './exitCodes.ts';

/** `NODE_DEBUG=cli` prints an error with its stack. */
const debug = debuglog('cli');

/** How long a connection that does not close may keep a finished command from ending. */
const EXIT_GRACE_MS = 2_000;

/**
 * Runs a command: `--help`, errors as one sentence without a stack, exit codes.
 *
 * @param name what to type after `npm run`
 * @param run returns the exit code
 */
export async function runCommand(
  name: string,
  usage: string,
  run: (args: string[]) => Promise<number>,
): Promise<void> {
  const args = process.argv.slice(2);
  if (args.includes('--help') || args.includes('-h')) {
    console.log(usage);
    return;
  }
  // A client library may throw outside of anything that is awaited.
  process.once('uncaughtException', (error) => process.exit(reportError(name, error)));
  // Whoever closes the pipe, such as head, wants no more.
  process.stdout.on('error', () => process.exit());
  process.exitCode = await run(args).catch((error: unknown) => reportError(name, error));
  setTimeout(() => process.exit(), EXIT_GRACE_MS).unref();
}

/** Says what went wrong; returns the exit code. */
function reportError(name: string, error: unknown): number {
  debug('%o', error);
  if (error instanceof UsageError) {
    console.error(`${error.message}\nSee npm run ${name} -- --help`);
    return exitCodes.wrongUsage;
  }
  console.error(error instanceof UnreachableError ? error.message : describeUnexpected(error));
  return exitCodes.unreachable;
}

function describeUnexpected(error: unknown): string {
  const [first] = error instanceof AggregateError ? error.errors : [error];
  const message = first instanceof Error ? first.message || first.name : String(first);
  return `Unexpected error: ${toSentence(message)} For details, set NODE_DEBUG=cli and run it again.`;
}
