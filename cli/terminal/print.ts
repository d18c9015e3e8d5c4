import { toJsonLine } from '../../shared/kit/sanitize.ts';

/** Prints what was asked for. */
export async function print(...lines: readonly string[]): Promise<void> {
  console.log(lines.join('\n'));
}

/** Prints what was asked for, for a program: JSON on one line. */
export async function printJson(value: object): Promise<void> {
  await print(toJsonLine(value));
}

/** Says whatever else a person should know. */
export function note(...lines: readonly string[]): void {
  console.error(lines.join('\n'));
}
