import type { Argument, Definition, Option } from './definition.ts';
import { exitCodes } from './exitCodes.ts';

/** What a person types before the name of a command. */
export const PROGRAM = 'npx epc';

const COLUMNS = 80;
const LEFT = '  ';
/** Where the explanations begin. */
const INDENT = 23;

const commonEndings = {
  wrongUsage: 'wrong usage, or a wrong setting',
  broken: 'the command has a fault, or its output cannot be written',
} as const;

/** Lists the commands. */
export function describeProgram(commands: readonly Definition[]): string[] {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    `${PROGRAM} COMMAND [options]`,
    '',
    'Enable and disable connections of external partners, and look after the app that does it.',
    '',
    ...commands.map(({ name, summary }) => `${LEFT}${name.padEnd(width)}  ${summary}`),
    '',
    `${PROGRAM} COMMAND --help explains a command; ${PROGRAM} --version prints the version.`,
  ].flatMap((line) => wrap(line, ''));
}

/** What a person types in front of the options of a command. */
export function typedFor({ name, typed = `${PROGRAM} ${name}` }: Definition): string {
  return typed;
}

/** Explains a command: made of its definition alone. */
export function describeCommand(definition: Definition): string[] {
  const { summary, forms, details = [], options } = definition;
  const args = Object.values<Argument>(definition.arguments);
  const usage = forms?.map((form) => `${PROGRAM} ${form}`) ?? [
    [typedFor(definition), ...args.map(({ value }) => value), '[options]'].join(' '),
  ];
  return [
    ...usage,
    ...[`${summary}.`, ...details].flatMap((paragraph) => ['', ...wrap(paragraph, '')]),
    '',
    ...args.flatMap(({ value, help }) => row(value, help)),
    ...Object.entries<Option>(options).flatMap(([option, { value, help }]) =>
      row(`--${option}${value === undefined ? '' : ` ${value}`}`, help),
    ),
    ...row('--help', 'show this help'),
    '',
    'Exit code:',
    ...describeEndings(definition),
  ];
}

function describeEndings({ endings }: Definition): string[] {
  const byCode = Object.groupBy(
    Object.entries({ ...commonEndings, ...endings }),
    ([ending]) => exitCodes[ending as keyof typeof exitCodes],
  );
  return Object.entries(byCode).flatMap(([code, ofCode = []]) =>
    wrap(`${LEFT}${code}  ${ofCode.map(([, meaning]) => meaning).join('; ')}`, `${LEFT}   `),
  );
}

function row(typed: string, help: string): string[] {
  const start = `${LEFT}${typed}`;
  return start.length + LEFT.length > INDENT
    ? [start, ...wrap(' '.repeat(INDENT) + help, ' '.repeat(INDENT))]
    : wrap(start.padEnd(INDENT) + help, ' '.repeat(INDENT));
}

/** Breaks a line between words, so that it fits into a terminal. */
function wrap(line: string, indent: string): string[] {
  if (line.length <= COLUMNS) return [line];
  const end = line.lastIndexOf(' ', COLUMNS);
  return end <= indent.length
    ? [line]
    : [line.slice(0, end), ...wrap(`${indent}${line.slice(end + 1)}`, indent)];
}
