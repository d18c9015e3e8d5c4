import type { RpcLogLevel } from './rpc.ts';

/** One line of the host's log. */
export type LogEntry = {
  /** ISO 8601. */
  readonly time: string;
  readonly level: RpcLogLevel;
  /** `Host`, `Function.NAME` for the host on an invocation, `Function.NAME.User` for `context.log`. */
  readonly category: string;
  readonly message: string;
  readonly invocationId?: string;
};

const paint: Readonly<Record<string, string>> = {
  warning: '\u001b[33m',
  error: '\u001b[31m',
  critical: '\u001b[31m',
  debug: '\u001b[90m',
  trace: '\u001b[90m',
};

/** A line for people: time of day, level if it matters, message. */
export function toText({ time, level, category, message }: LogEntry, { color }: { color: boolean }): string {
  const mark = level === 'information' ? '' : `${level}: `;
  const line = `[${time.slice(11, 23)}] ${category}: ${mark}${message}`;
  const code = paint[level];
  return color && code ? `${code}${line}\u001b[0m` : line;
}

/** An error for a log line: with its stack if it has one. */
export function describeError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? `${error.name}: ${error.message}`) : String(error);
}
