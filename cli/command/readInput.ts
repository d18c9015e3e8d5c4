import { type ParseArgsOptionDescriptor, parseArgs } from 'node:util';
import type { Arguments, Definition, Input, Option, Options } from './definition.ts';
import { didYouMean } from './didYouMean.ts';
import { UsageError } from './errors.ts';

/**
 * Reads what was typed behind a command.
 *
 * @throws {UsageError} naming what is wrong and what was probably meant
 */
export function readInput<A extends Arguments, O extends Options>(
  args: readonly string[],
  definition: Pick<Definition<A, O>, 'arguments' | 'options'>,
): Input<A, O> {
  const options = Object.entries(definition.options);
  const config = {
    args: args.flatMap((arg, index) => completed(arg, args[index + 1], definition.options)),
    options: Object.fromEntries(options.map(([name, option]) => [name, toDescriptor(option)])),
    allowPositionals: true,
  };
  checkOptions(config.args, config.options);
  const { values, positionals } = parseArgs(config);

  const input: Record<string, unknown> = {};
  for (const [name, option] of options) input[name] = read(option, values[name], `--${name}`);
  const rest = [...positionals];
  for (const [name, { value, parse, ifMissing }] of Object.entries(definition.arguments)) {
    const text = rest.shift();
    if (text === undefined && ifMissing !== undefined) throw new UsageError(ifMissing);
    input[name] = text === undefined || !parse ? text : parse(text, value);
  }
  if (rest[0] !== undefined) {
    throw new UsageError(`Unexpected argument: ${rest[0]}. Quote values that contain spaces.`);
  }
  return input as Input<A, O>;
}

/** Gives an option whose value was left out the value that it then has. */
function completed(arg: string, next: string | undefined, options: Options): string[] {
  const name = arg.slice(2);
  const option = arg.startsWith('--') && Object.hasOwn(options, name) ? options[name] : undefined;
  if (option?.value === undefined || !option.alone || option.alone.pattern.test(next ?? '')) return [arg];
  return [`${arg}=${option.alone.value}`];
}

function toDescriptor(option: Option): ParseArgsOptionDescriptor {
  return option.value === undefined
    ? { type: 'boolean' }
    : { type: 'string', multiple: option.isRepeatable === true };
}

function read(option: Option, typed: unknown, name: string): unknown {
  if (option.value === undefined) return typed === true;
  const parse = (text: string) => (option.parse ? option.parse(text, name) : text);
  if (option.isRepeatable) return ((typed as string[] | undefined) ?? []).map(parse);
  return typed === undefined ? undefined : parse(typed as string);
}

/** As `parseArgs` in its strict mode, with a message for each mistake that says what to type. */
function checkOptions(args: string[], options: Readonly<Record<string, ParseArgsOptionDescriptor>>): void {
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
    if (value?.startsWith('-') && value !== '-' && !inlineValue) {
      throw new UsageError(`${rawName} needs a value; write ${rawName}=VALUE if it starts with a dash.`);
    }
    if (given.has(name) && !option.multiple) throw new UsageError(`${rawName} is given twice; give it once.`);
    given.add(name);
  }
}
