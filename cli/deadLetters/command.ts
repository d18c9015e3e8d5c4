import { define } from '../command/definition.ts';
import { didYouMean } from '../command/didYouMean.ts';
import { UsageError } from '../command/errors.ts';
import { jsonOption } from '../command/jsonOption.ts';
import { namespaceOptions } from '../serviceBus/namespaceOptions.ts';

const actions = ['resend', 'drop'] as const;
type Action = (typeof actions)[number];

export const deadLetters = define({
  name: 'dead-letters',
  summary: 'List, send again or drop what got into the dead-letter queues',
  forms: [
    'dead-letters [options]                      list them',
    'dead-letters resend NUMBER|--all [options]  ask, and send them again',
    'dead-letters drop NUMBER|--all [options]    print, ask, and drop them',
  ],
  details: [
    'Dead letters are requests that never got a result, and results that a subscriber did not take.',
    'A request is not sent again if it has expired or has a result, or if there is a later request for its partner. Results older than a day are not seen here: if in doubt, look at the partner first (npx epc partners), or send a fresh request (npx epc enable, npx epc disable). A result that is sent again goes to every subscription again.',
  ],
  arguments: {
    action: { value: 'ACTION', help: 'resend or drop; without one, they are listed', parse: parseAction },
    number: { value: 'NUMBER', help: 'of the dead letter, as the list shows it' },
  },
  options: {
    all: { help: 'all that are in the list' },
    yes: { help: 'do not ask' },
    subscription: {
      value: 'NAME',
      help: 'another subscription to results beside tickets and recent; may be repeated',
      isRepeatable: true,
    },
    ...namespaceOptions,
    ...jsonOption,
  },
  endings: {
    done: 'listed, or all done',
    declined: 'not all of them sent again or dropped',
    unreachable: 'Service Bus could not be reached or refused',
  },
});

function parseAction(text: string): Action {
  const action = actions.find((one) => one === text);
  if (action) return action;
  const hint = didYouMean(text, actions) || ' Type resend, drop, or nothing to list them.';
  throw new UsageError(`Unknown action "${text}".${hint}`);
}
