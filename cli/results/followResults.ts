import type { Result } from '../../shared/contract/resultSchema.ts';
import { sanitize } from '../../shared/kit/sanitize.ts';
import type { InputOf } from '../command/definition.ts';
import { exitCodes } from '../command/exitCodes.ts';
import { withNamespace } from '../serviceBus/connect.ts';
import { type Line, note, print, printJson, printSome } from '../terminal/print.ts';
import { formatTime } from '../terminal/time.ts';
import { untilStopped } from '../terminal/untilStopped.ts';
import type { results as command } from './command.ts';
import { describeResult, outcomeColours, requestOf } from './describeResult.ts';
import { readResults } from './readResults.ts';

type ResultsInput = InputOf<typeof command>;

export function followResults(input: ResultsInput): Promise<number> {
  const { once, json } = input;
  return withNamespace(input, async (namespace) => {
    const where = `on ${namespace.resultsTopic} on ${namespace.host}`;
    if (!once) note(`Following the results ${where}, from those of the last day on. Ctrl-C stops.`);
    const onOther = (sequenceNumber: string) =>
      note(`Skipped message ${sequenceNumber}, which is not a result.`);
    const follow = once ? {} : { follow: untilStopped() };
    let isAny = false;
    for await (const result of readResults(namespace, { onOther, ...follow })) {
      if (!isWanted(result, input)) continue;
      isAny = true;
      const isRead = await printSome(() => (json ? printJson(result) : print(toLine(result))));
      if (!isRead) break;
    }
    if (once && !isAny)
      note(`No results of the last day to show ${where}. Older ones are on record: npx epc history.`);
    return exitCodes.done;
  });
}

function isWanted(result: Result, { reference, partner }: ResultsInput): boolean {
  return (
    (reference === undefined || reference === result.reference) &&
    (partner === undefined || partner.toLowerCase() === requestOf(result).externalPartnerId)
  );
}

function toLine(result: Result): Line {
  const { completedAt, reference, messageId, outcome } = result;
  const partner = requestOf(result).externalPartnerId ?? 'no partner';
  const time = formatTime(completedAt);
  const start = [time, partner, reference || messageId || 'no id'].map(sanitize).join('  ');
  return [`${start}  `, { text: describeResult(result), style: outcomeColours[outcome] }];
}
