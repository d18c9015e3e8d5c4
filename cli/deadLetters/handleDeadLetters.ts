import type { InputOf } from '../command/definition.ts';
import { UsageError } from '../command/errors.ts';
import { exitCodes } from '../command/exitCodes.ts';
import { withNamespace } from '../serviceBus/connect.ts';
import { type Namespace, standardSubscriptions } from '../serviceBus/namespace.ts';
import { note, print, printJson, printSome } from '../terminal/print.ts';
import type { deadLetters as command } from './command.ts';
import { deadLetterJson, formatDeadLetter } from './describeDeadLetter.ts';
import { drop } from './drop.ts';
import { type DeadLetter, readDeadLetters } from './readDeadLetters.ts';
import { resend } from './resend.ts';
import { readSelection } from './selection.ts';

type DeadLettersInput = InputOf<typeof command>;

export async function handleDeadLetters(input: DeadLettersInput): Promise<number> {
  const { action, number, all, yes, json } = input;
  const subscriptions = [...standardSubscriptions, ...input.subscription];
  const read = (namespace: Namespace) => readDeadLetters(namespace, subscriptions, note);
  if (action === undefined) {
    return withNamespace(input, async (namespace) => {
      await list(await read(namespace), namespace.host, json);
      return exitCodes.done;
    });
  }
  const act = { resend, drop }[action];
  const selection = readSelection(number, all);
  if (!yes && !process.stdin.isTTY) {
    throw new UsageError('Cannot ask for confirmation without a terminal; pass --yes.');
  }
  return withNamespace(input, (namespace) => act(() => read(namespace), selection, { yes, json }));
}

async function list(letters: readonly DeadLetter[], host: string, json: boolean): Promise<void> {
  await printSome(() => {
    if (json) return printJson(letters.map(deadLetterJson));
    if (letters.length === 0) return print(`There are no dead letters on ${host}.`);
    return print(...letters.flatMap(formatDeadLetter));
  });
}
