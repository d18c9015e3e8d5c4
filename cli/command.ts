import { type ParseArgsConfig, parseArgs } from 'node:util';
import { sanitize } from '../shared/sanitize.ts';

/** How a command ends; `applied`, `rejected` and `failed` are the outcomes of a request. */
export const exitCodes = {
  done: 0,
  applied: 0,
  rejected: 1,
  wrongUsage: 2,
  failed: 3,
  noAnswer: 4,
  unreachable: 5,
} as const;

/** What a person typed wrong; the message says what to type instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Something in Azure, or its stand-in, did not do what the command needs; the message says which and why. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
}

/** What something outside said, fit for a terminal and with a full stop. */
export function asSentence(message: string): string {
  return sanitize(message).replace(/\.?$/, '.');
}

/**
 * Runs a command as a person would like it: `--help`, errors in words without a stack, exit codes.
 *
 * @param name what to type after `npm run`
 * @param run gives the exit code
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
  try {
    process.exitCode = await run(args);
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`${error.message}\nSee npm run ${name} -- --help`);
      process.exitCode = exitCodes.wrongUsage;
    } else if (error instanceof UnreachableError) {
      console.error(error.message);
      process.exitCode = exitCodes.unreachable;
    } else {
      throw error;
    }
  }
}

/**
 * Reads the words behind a command.
 *
 * @param maxPositionals how many words that are no options it takes
 * @throws {UsageError}
 */
export function readArguments<const Options extends NonNullable<ParseArgsConfig['options']>>(
  args: string[],
  options: Options,
  maxPositionals = 0,
) {
  const { values, positionals } = parseWords(args, options);
  const surplus = positionals[maxPositionals];
  if (surplus !== undefined) {
    throw new UsageError(`There is a word too many: ${surplus}. Put quotes around text with spaces.`);
  }
  return { values, positionals };
}

function parseWords<const Options extends NonNullable<ParseArgsConfig['options']>>(
  args: string[],
  options: Options,
) {
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message.split('. ')[0] ?? 'The options are wrong.');
  }
}
