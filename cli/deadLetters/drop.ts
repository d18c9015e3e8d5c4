import { exitCodes } from '../command/exitCodes.ts';
import { confirm } from '../terminal/confirm.ts';
import { note, printJson } from '../terminal/print.ts';
import { deadLetterJson } from './describeDeadLetter.ts';
import type { DeadLetter } from './readDeadLetters.ts';
import { type Selection, select, takeAll } from './selection.ts';

/**
 * Drops the selected dead letters. Prints each whole before, one JSON object a line, so that nothing is lost. Returns
 * the exit code.
 */
export async function drop(
  read: () => Promise<DeadLetter[]>,
  selection: Selection,
  { yes }: { readonly yes: boolean },
): Promise<number> {
  const letters = select(await read(), selection);
  if (letters.length === 0) {
    note('There are no dead letters.');
    return exitCodes.done;
  }
  for (const letter of letters) await printJson(deadLetterJson(letter));
  const what =
    letters.length === 1 ? `dead letter ${letters[0]?.id}` : `these ${letters.length} dead letters`;
  if (!yes && !(await confirm(`Drop ${what} for good?`))) {
    note('Nothing was dropped.');
    return exitCodes.declined;
  }
  const left = await takeAll(letters, async () => {});
  for (const id of left) note(`Not dropped: ${id}: somebody else has it.`);
  note(`Dropped ${letters.length - left.length} of ${letters.length}.`);
  return left.length === 0 ? exitCodes.done : exitCodes.declined;
}
