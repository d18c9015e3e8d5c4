import type { ServiceBusReceivedMessage } from '@azure/service-bus';
import { UsageError } from '../command/errors.ts';
import type { DeadLetterSource } from '../serviceBus/namespace.ts';
import type { DeadLetter } from './readDeadLetters.ts';
import { takeDeadLetters } from './takeDeadLetters.ts';

/** Which dead letters a command is about: the one with this id, or all. */
export type Selection = { readonly id: string } | 'all';

/** @throws {UsageError} unless one is named, or all */
export function readSelection(id: string | undefined, all: boolean): Selection {
  if (id !== undefined && all) throw new UsageError('Type a number or --all, not both.');
  if (all) return 'all';
  if (id !== undefined) return { id };
  throw new UsageError('Which one? Type its number in the list, or --all.');
}

/** @throws {UsageError} if the named one is not there */
export function select(letters: readonly DeadLetter[], selection: Selection): readonly DeadLetter[] {
  if (selection === 'all') return letters;
  const found = letters.filter(({ id }) => id === selection.id);
  if (found.length > 0) return found;
  throw new UsageError(`There is no dead letter ${selection.id}; npx epc dead-letters lists them.`);
}

/**
 * Takes the selected dead letters out of their queues, each once it is handled.
 *
 * @returns the ids of those that were not there any more, or that somebody else has locked
 */
export async function takeAll(
  letters: readonly DeadLetter[],
  handle: (letter: DeadLetter, locked: ServiceBusReceivedMessage) => Promise<void>,
): Promise<string[]> {
  const left: string[] = [];
  const bySource = Map.groupBy(letters, ({ source }): DeadLetterSource => source);
  for (const [source, ofSource] of bySource) {
    const byNumber = new Map(ofSource.map((letter) => [String(letter.message.sequenceNumber), letter]));
    const missed = await takeDeadLetters(source, [...byNumber.keys()], async (locked) => {
      const letter = byNumber.get(String(locked.sequenceNumber));
      if (letter) await handle(letter, locked);
    });
    left.push(...missed.map((number) => byNumber.get(number)?.id ?? number));
  }
  return left;
}
