import * as z from 'zod/mini';
import { sanitize } from '../shared/sanitize.ts';
import { answers, inWords, partnerOf } from './answers.ts';
import { exitCodes, readArguments, runCommand, UsageError } from './command.ts';
import { withNamespace } from './namespace.ts';

const usage = `Follow the answers on the results queue, oldest first. Takes none of them.

  npm run results [-- options]

  --once            end with the answers that are there now, instead of waiting for more
  --reference TEXT  only the answers to requests with this reference
  --partner ID      only the answers about this external partner
  --namespace HOST  NAME.servicebus.windows.net, with your own Entra sign-in; the local queue unless told
  --json            print one JSON object for each answer (npm run --silent results -- …)
  --help

Exit code: 0 ended with Ctrl-C or --once; 2 wrong usage; 5 Service Bus did not do it.`;

await runCommand('results', usage, async (args) => {
  const { values } = readArguments(args, {
    once: { type: 'boolean', default: false },
    reference: { type: 'string' },
    partner: { type: 'string' },
    namespace: { type: 'string' },
    json: { type: 'boolean', default: false },
  });
  if (values.partner !== undefined && !z.guid().safeParse(values.partner).success) {
    throw new UsageError(
      `--partner is ${values.partner}; write the id (a GUID) of a cloudPcExternalPartner.`,
    );
  }
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  process.once('SIGTERM', () => stop.abort());

  await withNamespace(values.namespace, async ({ client, resultsQueue }) => {
    const results = client.createReceiver(resultsQueue);
    for await (const answer of answers(results, values.once ? undefined : stop.signal)) {
      const { messageId, reference, completedAt } = answer;
      const partner = partnerOf(answer);
      if (values.reference !== undefined && values.reference !== reference) continue;
      if (values.partner !== undefined && values.partner.toLowerCase() !== partner) continue;
      const line = [completedAt, partner ?? 'no partner', reference || messageId, inWords(answer)];
      console.log(values.json ? JSON.stringify(answer) : line.map(sanitize).join('  '));
    }
  });
  return exitCodes.done;
});
