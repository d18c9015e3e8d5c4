import { parseArgs } from 'node:util';

type OptionTypes = Readonly<Record<string, { readonly type: 'boolean' | 'string' }>>;

const WRONG_USAGE = 2;

/**
 * Reads the options behind a command. Prints the usage and ends the process with 0 for `--help`; says what is wrong
 * and ends it with 2 for anything that is no option of this command.
 *
 * @param script what to type after `npm run` or `npm`
 */
export function readOptions<const Options extends OptionTypes>(
  script: string,
  usage: string,
  options: Options,
) {
  const args = process.argv.slice(2);
  if (args.includes('--help') || args.includes('-h')) {
    console.log(usage);
    process.exit(0);
  }
  const taken = Object.keys(options).filter((name) => process.env[`npm_config_${name}`] !== undefined);
  if (taken.length > 0) {
    const words = [...taken.flatMap(asTyped), ...args];
    exitWithUsage(
      script,
      `npm has taken ${taken.map((name) => `--${name}`).join(', ')} for an option of its own.
Put -- before the options: npm ${script} -- ${words.join(' ')}`,
    );
  }
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    exitWithUsage(script, `${(error as Error).message.split('. ')[0]}.`);
  }
}

/** An option and its value, if npm took that as well. */
function asTyped(name: string): string[] {
  const value = process.env[`npm_config_${name}`];
  return value && value !== 'true' ? [`--${name}`, value] : [`--${name}`];
}

/** Says what is wrong with what was typed, and ends the process with 2. */
export function exitWithUsage(script: string, problem: string): never {
  console.error(`${problem}\nSee npm ${script} -- --help`);
  process.exit(WRONG_USAGE);
}
