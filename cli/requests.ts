import { toJsonLine } from '../shared/kit/sanitize.ts';
import { exitCodes } from './command/exitCodes.ts';
import { readArguments } from './command/readArguments.ts';
import { runCommand } from './command/runCommand.ts';
import { formatRequests } from './requests/formatRequests.ts';
import { type RequestMessage, readRequests } from './requests/readRequests.ts';
import { namespaceOptions, namespaceUsage, withNamespace } from './serviceBus/connect.ts';

const usage = `List the requests that have no outcome yet, per partner: what is being tried, what waits behind it,
and what is scheduled. Takes none of them.

  npm run requests [-- options]

The number of a scheduled request cancels it: npm run send -- cancel NUMBER.

${namespaceUsage}
  --json               print one JSON array (npm run --silent requests -- …)
  --help

Exit code: 0 listed; 2 wrong usage; 5 Service Bus could not be reached or refused.`;

await runCommand('requests', usage, async (args) => {
  const { values } = readArguments(args, {
    ...namespaceOptions,
    json: { type: 'boolean', default: false },
  });
  return withNamespace(values, async (namespace) => {
    const requests = await readRequests(namespace);
    if (values.json) console.log(toJsonLine(requests.map(toObject)));
    else if (requests.length > 0) console.log(formatRequests(requests));
    else console.log(`There are no requests on ${namespace.requestsQueue} on ${namespace.host}.`);
    return exitCodes.done;
  });
});

function toObject({ body, time, ...message }: RequestMessage): object {
  return { ...message, time: time?.toISOString(), request: body.received };
}
