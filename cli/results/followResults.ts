import type { Result } from '../../shared/contract/resultSchema.ts';
import { sanitize } from '../../shared/kit/sanitize.ts';
import type { InputOf } from '../command/definition.ts';
import { exitCodes } from '../command/exitCodes.ts';
import { withNamespace } from '../serviceBus/connect.ts';
import { note, print, printJson } from '../terminal/print.ts';
import type { results as command } from './command.ts';
import { describeResult, requestOf } from './describeResult.ts';
import { readResults } from './readResults.ts';

type ResultsInput = InputOf<typeof command>;

export function followResults(input: ResultsInput): Promise<number> {
  const { once, json } = input;
  return withNamespace(input, async (namespace) => {
    const where = `on ${namespace.resultsTopic} on ${namespace.host}`;
    if (!once) note(`Following the results ${where}, oldest first. Ctrl-C stops.`);
    const onOther = (sequenceNumber: string) =>
      note(`Skipped message ${sequenceNumber}, which is not a result.`);
    const follow = once ? {} : { follow: untilStopped() };
    let isAny = false;
    for await (const result of readResults(namespace, { onOther, ...follow })) {
      if (!isWanted(result, input)) continue;
      isAny = true;
      await (json ? printJson(result) : print(toLine(result)));
    }
    if (once && !isAny) note(`No results to show ${where}.`);
    return exitCodes.done;
  });
}

function isWanted(result: Result, { reference, partner }: ResultsInput): boolean {
  return (
    (reference === undefined || reference === result.reference) &&
    (partner === undefined || partner.toLowerCase() === requestOf(result).externalPartnerId)
  );
}

function untilStopped(): AbortSignal {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  process.once('SIGTERM', () => stop.abort());
  return stop.signal;
}

function toLine(result: Result): string {
  const { completedAt, reference, messageId } = result;
  const partner = requestOf(result).externalPartnerId ?? 'no partner';
  return [completedAt, partner, reference || messageId || 'no id', describeResult(result)]
    .map(sanitize)
    .join('  ');
}
