import type { InputOf } from '../command/definition.ts';
import { UsageError } from '../command/errors.ts';
import { exitCodes } from '../command/exitCodes.ts';
import { findSources } from '../health/sources.ts';
import { findTarget } from '../serviceBus/target.ts';
import { print, printJson, printSome } from '../terminal/print.ts';
import { type history as command, daysOf } from './command.ts';
import { formatHistory } from './formatHistory.ts';
import { type About, readHistory } from './readHistory.ts';
import { toMarkdown } from './toMarkdown.ts';

type HistoryInput = InputOf<typeof command>;

export async function showHistory(input: HistoryInput): Promise<number> {
  const { json, markdown, days } = input;
  if (json && markdown) throw new UsageError('--json and --markdown are two forms; give one of them.');
  const about = aboutOf(input);
  const history = await readHistory(findSources(findTarget(undefined)), about, daysOf(days));
  await printSome(() => {
    if (json) return printJson(history);
    return print(...(markdown ? toMarkdown(history) : formatHistory(history)));
  });
  return exitCodes.done;
}

function aboutOf({ externalPartnerId, reference }: HistoryInput): About {
  if (externalPartnerId !== undefined && reference !== undefined) {
    throw new UsageError('PARTNER_ID and --reference are two histories; give one of them.');
  }
  if (reference !== undefined) return { reference };
  if (externalPartnerId !== undefined) return { externalPartnerId: externalPartnerId.toLowerCase() };
  throw new UsageError('Whose history? Type the id of a partner, or pass --reference TEXT.');
}
