import { toJsonLine } from '../shared/kit/sanitize.ts';
import { didYouMean } from './command/didYouMean.ts';
import { UsageError } from './command/errors.ts';
import { exitCodes } from './command/exitCodes.ts';
import { readArguments } from './command/readArguments.ts';
import { runCommand } from './command/runCommand.ts';
import { formatDeadLetter, toObject } from './deadLetters/describeDeadLetter.ts';
import { drop } from './deadLetters/drop.ts';
import { type DeadLetter, readDeadLetters } from './deadLetters/readDeadLetters.ts';
import { resend } from './deadLetters/resend.ts';
import { readSelection } from './deadLetters/selection.ts';
import { namespaceOptions, namespaceUsage, withNamespace } from './serviceBus/connect.ts';
import { type Namespace, standardSubscriptions } from './serviceBus/namespace.ts';

const usage = `Look at the dead-letter queues: requests that never got a result, and results that a subscriber did
not take.

  npm run dead-letters [-- options]                      list them, with reasons
  npm run dead-letters -- resend NUMBER|--all [options]  ask, and send them again
  npm run dead-letters -- drop   NUMBER|--all [options]  print them whole, ask, and drop them

A request is not sent again if it has expired or has a result, or if there is a later request for
its partner. Results older than a day are not seen here: if in doubt, look at the partner first
(npm run partners), or send a fresh request (npm run send). A result that is sent again goes to
every subscription again.

  --all                all that are in the list
  --yes                do not ask
  --subscription NAME  another subscription to results beside tickets and recent; may be repeated
${namespaceUsage}
  --json               print JSON (npm run --silent dead-letters -- …)
  --help

Exit code: 0 listed, or all done; 1 not all of them sent again or dropped; 2 wrong usage; 5 Service
Bus could not be reached or refused.`;

await runCommand('dead-letters', usage, async (args) => {
  const { values, positionals } = readArguments(
    args,
    {
      all: { type: 'boolean', default: false },
      yes: { type: 'boolean', default: false },
      subscription: { type: 'string', multiple: true, default: [] },
      ...namespaceOptions,
      json: { type: 'boolean', default: false },
    },
    2,
  );
  const [action, number] = positionals;
  const subscriptions = [...standardSubscriptions, ...values.subscription];
  const read = (namespace: Namespace) => readDeadLetters(namespace, subscriptions, console.error);
  if (action === undefined) {
    return withNamespace(values, async (namespace) => {
      list(await read(namespace), namespace.host, values.json);
      return exitCodes.done;
    });
  }
  const act = readAction(action);
  const selection = readSelection(number, values.all);
  if (!values.yes && !process.stdin.isTTY) {
    throw new UsageError('Cannot ask for confirmation without a terminal; pass --yes.');
  }
  return withNamespace(values, (namespace) => act(() => read(namespace), selection, values));
});

function readAction(action: string): typeof resend {
  if (action === 'resend') return resend;
  if (action === 'drop') return drop;
  const hint = didYouMean(action, ['resend', 'drop']) || ' Type resend, drop, or nothing to list them.';
  throw new UsageError(`Unknown command "${action}".${hint}`);
}

function list(letters: readonly DeadLetter[], host: string, json: boolean): void {
  if (json) console.log(toJsonLine(letters.map(toObject)));
  else if (letters.length === 0) console.log(`There are no dead letters on ${host}.`);
  else console.log(letters.map(formatDeadLetter).join('\n'));
}
