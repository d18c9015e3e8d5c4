import { type ParseArgsOptionDescriptor, parseArgs } from 'node:util';
import { UsageError } from './errors.ts';

/** Options that npm has too: their variables may also come from a person's own .npmrc. */
const npmHasToo = new Set(['all', 'json', 'yes']);

/**
 * Refuses options that stand in front of `--`: npm takes them for its own, turns them into `npm_config_*`
 * variables, and the command would run without them.
 *
 * @param maxPositionals how many arguments that are no options the command takes
 * @throws {UsageError} with the command line that was meant
 */
export function refuseOptionsThatNpmTook(
  args: string[],
  options: Readonly<Record<string, ParseArgsOptionDescriptor>>,
  maxPositionals: number,
  env: Readonly<Record<string, string | undefined>> = process.env,
): void {
  const taken = Object.keys(options).flatMap((name) => {
    const value = env[`npm_config_${name.replaceAll('-', '_')}`];
    return value ? [{ name, value, isSwitch: options[name]?.type === 'boolean' }] : [];
  });
  if (taken.every(({ name }) => npmHasToo.has(name))) return;

  const { positionals } = parseArgs({ args, options, strict: false, allowPositionals: true });
  const surplus = positionals.slice(maxPositionals);
  // What stood behind such an option with a space between arrives as an argument, in an order that is lost.
  const lacking = taken.filter(({ isSwitch, value }) => !isSwitch && value === 'true');
  const isClear = surplus.length === 1 && lacking.length === 1;
  const written = taken.map(({ name, value, isSwitch }) => {
    if (isSwitch) return `--${name}`;
    if (value !== 'true') return `--${name}=${quote(value)}`;
    if (isClear) return `--${name}=${quote(surplus[0] ?? '')}`;
    return surplus.length === 0 ? `--${name}` : `--${name}=VALUE`;
  });
  const kept = surplus.length > 0 ? args.filter((arg) => !surplus.includes(arg)) : args;
  const commandLine = ['npm run', env.npm_lifecycle_event ?? 'COMMAND', '--', ...kept.map(quote), ...written];
  throw new UsageError(
    `Nothing was done: npm takes options for its own unless they follow "--". Type:\n  ${commandLine.join(' ')}`,
  );
}

function quote(text: string): string {
  return /^[\w.:+@/=-]+$/.test(text) ? text : `"${text.replaceAll('"', '\\"')}"`;
}
