import { stripVTControlCharacters } from 'node:util';

/** What went wrong, in the words of whoever says it: a program's own output if there is any. */
export function asMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { stdout, stderr, killed } = error as { stdout?: unknown; stderr?: unknown; killed?: boolean };
  const output = [stderr, stdout].filter((text) => typeof text === 'string');
  const reason = killed ? `${error.message.trim()}: it took too long and was stopped` : error.message;
  return stripVTControlCharacters(output.join('\n')).trim() || reason;
}
