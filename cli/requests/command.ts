import { define } from '../command/definition.ts';
import { jsonOption } from '../command/jsonOption.ts';
import { namespaceOptions } from '../serviceBus/namespaceOptions.ts';

export const requests = define({
  name: 'requests',
  summary: 'List the requests that have no outcome yet',
  details: [
    'Per partner: what is being tried, what waits behind it, and what is scheduled. Takes none of them. The number of a scheduled request cancels it: npx epc cancel NUMBER.',
  ],
  arguments: {},
  options: { ...namespaceOptions, ...jsonOption },
  endings: { done: 'listed', unreachable: 'Service Bus could not be reached or refused' },
});
