import { define } from '../command/definition.ts';
import { parsePartnerId } from '../command/guid.ts';
import { jsonOption } from '../command/jsonOption.ts';
import { namespaceOptions } from '../serviceBus/namespaceOptions.ts';

export const results = define({
  name: 'results',
  summary: 'Follow the results of requests',
  details: [
    'Oldest first; those of the last day and, until Ctrl-C, those that come. Takes none of them from other readers. Older ones are on record: npx epc history.',
  ],
  arguments: {},
  options: {
    once: { help: 'print the results that are there now, and end' },
    reference: { value: 'TEXT', help: 'only the results of requests with this reference' },
    partner: { value: 'ID', help: 'only the results about this external partner', parse: parsePartnerId },
    ...namespaceOptions,
    ...jsonOption,
  },
  endings: {
    done: 'ended by Ctrl-C or --once',
    unreachable: 'Service Bus could not be reached or refused',
  },
});
