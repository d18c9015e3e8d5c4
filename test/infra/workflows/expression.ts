/** What the functions of an expression work with. */
export type Context = {
  readonly now: Date;
  /** Functions such as `variables` and `triggerBody`, beside those that are the same everywhere. */
  readonly functions?: Readonly<Record<string, (...args: never[]) => unknown>>;
};

/** Time zones of Windows that the tests use, by their names in IANA's database. */
const timeZones: Readonly<Record<string, string>> = {
  UTC: 'UTC',
  'W. Europe Standard Time': 'Europe/Berlin',
};

/**
 * The value of a text with expressions of Azure Logic Apps in it. Source: "Reference guide to workflow expression
 * functions in Azure Logic Apps".
 *
 * @throws for whatever is not used by a workflow here
 */
export function evaluate(text: string, context: Context): unknown {
  if (text.startsWith('@@')) return evaluateParts(text.slice(1), context);
  if (text.startsWith('@') && !text.startsWith('@{')) {
    const { value, rest } = parse(text.slice(1), context);
    if (rest.trim() !== '') throw new Error(`${rest} is left over in ${text}`);
    return value;
  }
  return evaluateParts(text, context);
}

/** A value with all its texts evaluated. */
export function evaluateAll(value: unknown, context: Context): unknown {
  if (typeof value === 'string') return evaluate(value, context);
  if (Array.isArray(value)) return value.map((item) => evaluateAll(item, context));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, evaluateAll(inner, context)]),
  );
}

function evaluateParts(text: string, context: Context): string {
  const start = text.indexOf('@{');
  if (start < 0) return text;
  if (text[start - 1] === '@') {
    return `${text.slice(0, start - 1)}@{${evaluateParts(text.slice(start + 2), context)}`;
  }
  const { value, rest } = parse(text.slice(start + 2), context);
  if (!rest.startsWith('}')) throw new Error(`An expression in ${text} does not end.`);
  return `${text.slice(0, start)}${asText(value)}${evaluateParts(rest.slice(1), context)}`;
}

function asText(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

type Parsed = { readonly value: unknown; readonly rest: string };

function parse(source: string, context: Context): Parsed {
  const text = source.trimStart();
  const quoted = /^'((?:[^']|'')*)'/.exec(text);
  if (quoted)
    return follow({ value: quoted[1]?.replaceAll("''", "'"), rest: text.slice(quoted[0].length) }, context);
  const literal = /^(-?\d+|true|false|null)\b/.exec(text);
  if (literal) return { value: JSON.parse(literal[0]), rest: text.slice(literal[0].length) };
  const called = /^(\w+)\(/.exec(text);
  if (!called) throw new Error(`Not an expression: ${text}`);
  const name = called[1] ?? '';
  let rest = text.slice(called[0].length).trimStart();
  const args: unknown[] = [];
  while (!rest.startsWith(')')) {
    const argument = parse(rest, context);
    args.push(argument.value);
    rest = argument.rest.trimStart();
    if (rest.startsWith(',')) rest = rest.slice(1).trimStart();
    else if (!rest.startsWith(')')) throw new Error(`Neither a comma nor a parenthesis: ${rest}`);
  }
  const implementation = { ...functions(context), ...context.functions }[name];
  if (!implementation) throw new Error(`There is no function ${name}.`);
  return follow({ value: implementation(...(args as never[])), rest: rest.slice(1) }, context);
}

/** The properties that follow a value: `['name']`, or `?['name']` if it may be missing. */
function follow({ value, rest }: Parsed, context: Context): Parsed {
  const property = /^(\?)?\['([^']+)'\]/.exec(rest);
  if (!property) return { value, rest };
  if (value === null || value === undefined) {
    if (!property[1]) throw new Error(`There is nothing that has a ${property[2]}.`);
    return follow({ value: undefined, rest: rest.slice(property[0].length) }, context);
  }
  const inner = (value as Record<string, unknown>)[property[2] ?? ''];
  return follow({ value: inner, rest: rest.slice(property[0].length) }, context);
}

function functions({ now }: Context): Record<string, (...args: never[]) => unknown> {
  return {
    guid: () => '0b1f6e1e-5f0c-4a57-9d43-3f6a54a3a1de',
    utcNow: () => now.toISOString(),
    // A local time is written like one in UTC, without the Z, as Logic Apps do.
    convertFromUtc: (time: string, zone: string) => wallClock(new Date(time), zone),
    convertToUtc: (time: string, zone: string, format: string) =>
      formatTime(fromWallClock(time, zone), format),
    addDays: (time: string, days: number) =>
      new Date(asUtc(time).getTime() + days * 86_400_000).toISOString().replace('Z', ''),
    formatDateTime: (time: string, format: string) => formatTime(asUtc(time), format),
    concat: (...texts: string[]) => texts.join(''),
    contains: (all: string | unknown[], one: never) => all.includes(one),
    greaterOrEquals: (a: string, b: string) => a >= b,
    equals: (a: unknown, b: unknown) => a === b,
    not: (value: boolean) => !value,
    or: (...values: boolean[]) => values.some(Boolean),
    if: (condition: boolean, yes: unknown, no: unknown) => (condition ? yes : no),
    coalesce: (...values: unknown[]) => values.find((value) => value !== null && value !== undefined) ?? null,
    string: asText,
    json: (text: string) => JSON.parse(text),
    base64ToString: (text: string) => Buffer.from(text, 'base64').toString('utf8'),
    encodeURIComponent: (text: string) => encodeURIComponent(text),
    substring: (text: string, start: number, length: number) => text.slice(start, start + length),
    min: (...numbers: number[]) => Math.min(...numbers),
    length: (all: string | unknown[]) => all.length,
    createArray: (...items: unknown[]) => items,
  };
}

function asUtc(time: string): Date {
  return new Date(time.endsWith('Z') ? time : `${time}Z`);
}

function wallClock(time: Date, zone: string): string {
  const parts = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zoneOf(zone),
    dateStyle: 'short',
    timeStyle: 'medium',
  }).format(time);
  return parts.replace(' ', 'T');
}

function fromWallClock(time: string, zone: string): Date {
  const guess = asUtc(time);
  const offset = asUtc(wallClock(guess, zone)).getTime() - guess.getTime();
  const nearer = new Date(guess.getTime() - offset);
  const offsetThen = asUtc(wallClock(nearer, zone)).getTime() - nearer.getTime();
  return new Date(guess.getTime() - offsetThen);
}

function zoneOf(windowsName: string): string {
  const zone = timeZones[windowsName];
  if (zone === undefined) throw new Error(`Nothing here says what ${windowsName} is.`);
  return zone;
}

/** In the format of .NET, as far as it is used. */
function formatTime(time: Date, format: string): string {
  const iso = time.toISOString();
  const [year = '', month = '', day = '', hours = '', minutes = '', seconds = ''] = iso.split(/[-T:.]/);
  const parts: Readonly<Record<string, string>> = {
    yyyy: year,
    MM: month,
    dd: day,
    HH: hours,
    mm: minutes,
    ss: seconds,
  };
  return format.replace(/yyyy|MM|dd|HH|mm|ss/g, (part) => parts[part] ?? part);
}
