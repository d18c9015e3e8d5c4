import { stripVTControlCharacters } from 'node:util';

/** What went wrong, in the words of whoever says it: a program's own output if there is any. */
export function asMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { stdout, stderr } = error as { stdout?: unknown; stderr?: unknown };
  const output = [stderr, stdout].filter((text) => typeof text === 'string');
  return stripVTControlCharacters(output.join('\n')).trim() || error.message;
}
