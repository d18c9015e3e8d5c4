import { debuglog } from 'node:util';
import packageJson from '../../package.json' with { type: 'json' };
import { useProxy } from '../azure/proxy.ts';
import { endOfNotes, note, OutputError, print, printSome } from '../terminal/print.ts';
import type { Command } from './command.ts';
import { didYouMean } from './didYouMean.ts';
import { toSentence, UnreachableError, UsageError } from './errors.ts';
import { exitCodes } from './exitCodes.ts';
import { describeCommand, describeProgram, PROGRAM, typedFor } from './help.ts';

/** `NODE_DEBUG=cli` prints an error with its stack. */
const debug = debuglog('cli');

/** How long a connection that does not close may keep a finished command from ending. */
const EXIT_GRACE_MS = 2_000;

/** Runs the command that was typed: `--help`, errors as sentences without a stack, exit codes. */
export async function runProgram(commands: readonly Command[]): Promise<void> {
  const [name, ...args] = process.argv.slice(2);
  const command = commands.find((one) => one.definition.name === name);
  await end(command, () => (command ? runCommand(command, args, useProxy) : runWithout(commands, name)));
}

/** Runs a program that is one command; what keeps it running is its own affair. */
export async function runOnly(command: Command): Promise<void> {
  process.exitCode = await runCommand(command, process.argv.slice(2)).catch((error: unknown) =>
    reportError(error, command),
  );
}

async function end(command: Command | undefined, run: () => Promise<number>): Promise<void> {
  // A client library may throw outside of anything that is awaited.
  process.once('uncaughtException', (error) => void exit(reportError(error, command)));
  process.exitCode = await run().catch((error: unknown) => reportError(error, command));
  await endOfNotes();
  setTimeout(() => process.exit(), EXIT_GRACE_MS).unref();
}

async function exit(code: number): Promise<void> {
  await endOfNotes();
  process.exit(code);
}

/** @param prepare is done unless the command is only to be explained */
async function runCommand(command: Command, args: readonly string[], prepare = () => {}): Promise<number> {
  if (args.some(isHelp)) {
    await printSome(() => print(...describeCommand(command.definition)));
    return exitCodes.done;
  }
  prepare();
  return command.run(args);
}

async function runWithout(commands: readonly Command[], name: string | undefined): Promise<number> {
  const definitions = commands.map(({ definition }) => definition);
  if (name === undefined) {
    note(...describeProgram(definitions));
    return exitCodes.wrongUsage;
  }
  if (isHelp(name)) await printSome(() => print(...describeProgram(definitions)));
  else if (name === '--version') await print(packageJson.version);
  else {
    const names = definitions.map((one) => one.name);
    throw new UsageError(`Unknown command "${name}".${didYouMean(name, names)}`);
  }
  return exitCodes.done;
}

function isHelp(arg: string): boolean {
  return arg === '--help' || arg === '-h';
}

/** Says what went wrong; returns the exit code. */
function reportError(error: unknown, command: Command | undefined): number {
  debug('%o', error);
  if (error instanceof UsageError) {
    note(error.message, `See ${command ? typedFor(command.definition) : PROGRAM} --help`);
    return exitCodes.wrongUsage;
  }
  if (error instanceof UnreachableError) {
    note(error.message);
    return exitCodes.unreachable;
  }
  if (error instanceof OutputError) {
    note(error.message);
    return exitCodes.broken;
  }
  if (hasCode(error, 'ERR_MODULE_NOT_FOUND')) {
    note('The packages that this needs are not installed. Run npm ci, then try again.');
    return exitCodes.wrongUsage;
  }
  note(describeUnexpected(error));
  return exitCodes.broken;
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

function describeUnexpected(error: unknown): string {
  const [first] = error instanceof AggregateError ? error.errors : [error];
  const message = first instanceof Error ? first.message || first.name : String(first);
  return `Unexpected error: ${toSentence(message)} For details, set NODE_DEBUG=cli and run it again.`;
}
