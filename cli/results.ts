import * as z from 'zod/mini';
import type { Result } from '../shared/contract/resultSchema.ts';
import { sanitize, toJsonLine } from '../shared/kit/sanitize.ts';
import { UsageError } from './command/errors.ts';
import { exitCodes } from './command/exitCodes.ts';
import { readArguments } from './command/readArguments.ts';
import { runCommand } from './command/runCommand.ts';
import { describeResult, requestOf } from './results/describeResult.ts';
import { readResults } from './results/readResults.ts';
import { namespaceOptions, namespaceUsage, withNamespace } from './serviceBus/connect.ts';

const usage = `Follow the results of requests, oldest first. Takes none of them from other readers.

  npm run results [-- options]

  --once               print the results that are there now, and end
  --reference TEXT     only the results of requests with this reference
  --partner ID         only the results about this external partner
${namespaceUsage}
  --json               print one JSON object per result (npm run --silent results -- …)
  --help

Exit code: 0 ended by Ctrl-C or --once; 2 wrong usage; 5 Service Bus could not be reached or
refused.`;

await runCommand('results', usage, async (args) => {
  const { values } = readArguments(args, {
    once: { type: 'boolean', default: false },
    reference: { type: 'string' },
    partner: { type: 'string' },
    ...namespaceOptions,
    json: { type: 'boolean', default: false },
  });
  if (values.partner !== undefined && !z.guid().safeParse(values.partner).success) {
    throw new UsageError(
      `--partner is ${values.partner}; write the id (a GUID) of a cloudPcExternalPartner.`,
    );
  }
  const isWanted = (result: Result) =>
    (values.reference === undefined || values.reference === result.reference) &&
    (values.partner === undefined || values.partner.toLowerCase() === requestOf(result).externalPartnerId);

  await withNamespace(values, async (namespace) => {
    const where = `on ${namespace.resultsTopic} on ${namespace.host}`;
    if (!values.once) console.error(`Following the results ${where}, oldest first. Ctrl-C stops.`);
    const onOther = (sequenceNumber: string) =>
      console.error(`Skipped message ${sequenceNumber}, which is not a result.`);
    const follow = values.once ? {} : { follow: untilStopped() };
    let isAny = false;
    for await (const result of readResults(namespace, { onOther, ...follow })) {
      if (!isWanted(result)) continue;
      isAny = true;
      console.log(values.json ? toJsonLine(result) : toLine(result));
    }
    if (values.once && !isAny) console.error(`No results to show ${where}.`);
  });
  return exitCodes.done;
});

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
