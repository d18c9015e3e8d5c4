import { type ParseArgsOptionDescriptor, parseArgs } from 'node:util';
import { didYouMean } from './didYouMean.ts';
import { UsageError } from './errors.ts';
import { refuseOptionsThatNpmTook } from './npmOptions.ts';

/** An option of `parseArgs`; `alone` makes the value of a string option optional. */
export type Option = ParseArgsOptionDescriptor & {
  /** The value if there is none, and what a value looks like. */
  readonly alone?: { readonly value: string; readonly pattern: RegExp };
};

/**
 * Reads what was typed after a command.
 *
 * @param maxPositionals how many arguments that are no options the command takes
 * @throws {UsageError} naming what is wrong and what was probably meant
 */
export function readArguments<const Options extends Readonly<Record<string, Option>>>(
  args: string[],
  options: Options,
  maxPositionals = 0,
) {
  refuseOptionsThatNpmTook(args, options, maxPositionals);
  const completed = addMissingValues(args, options);
  checkOptions(completed, options);
  const { values, positionals } = parseArgs({ args: completed, options, allowPositionals: true });
  const surplus = positionals[maxPositionals];
  if (surplus !== undefined) {
    throw new UsageError(`Unexpected argument: ${surplus}. Quote values that contain spaces.`);
  }
  return { values, positionals };
}

function addMissingValues(args: string[], options: Readonly<Record<string, Option>>): string[] {
  return args.flatMap((arg, index) => {
    const alone = arg.startsWith('--') ? options[arg.slice(2)]?.alone : undefined;
    const isAlone = alone && !alone.pattern.test(args[index + 1] ?? '');
    return isAlone ? [`${arg}=${alone.value}`] : [arg];
  });
}

/** As `parseArgs` in its strict mode, with a message for each mistake that says what to type. */
function checkOptions(args: string[], options: Readonly<Record<string, Option>>): void {
  const { tokens } = parseArgs({ args, options, strict: false, allowPositionals: true, tokens: true });
  const given = new Set<string>();
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const { name, rawName, value, inlineValue } = token;
    const option = Object.hasOwn(options, name) ? options[name] : undefined;
    if (!option) {
      const known = Object.keys(options).map((one) => `--${one}`);
      throw new UsageError(`Unknown option "${rawName}".${didYouMean(rawName, known)}`);
    }
    if (option.type === 'boolean' && value !== undefined) throw new UsageError(`${rawName} takes no value.`);
    if (option.type === 'string' && value === undefined) throw new UsageError(`${rawName} needs a value.`);
    if (value?.startsWith('-') && !inlineValue) {
      throw new UsageError(`${rawName} needs a value; write ${rawName}=VALUE if it starts with a dash.`);
    }
    if (given.has(name) && !option.multiple) throw new UsageError(`${rawName} is given twice; give it once.`);
    given.add(name);
  }
}
