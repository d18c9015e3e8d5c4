import { define } from '../command/definition.ts';
import { jsonOption } from '../command/jsonOption.ts';
import { namespaceOptions } from '../serviceBus/namespaceOptions.ts';

export const requests = define({
  name: 'requests',
  summary: 'List the requests that have no outcome yet, and the open windows',
  details: [
    'Per partner: what is being tried, what waits behind it, and what is scheduled. Takes none of them. The number of a scheduled request cancels it: npx epc cancel NUMBER.',
    'Then who holds which partner enabled until when. To see windows takes the role Storage Blob Data Reader on the storage account of the app, and STORAGE_BLOB_ENDPOINT, which azd sets.',
  ],
  arguments: {},
  options: { ...namespaceOptions, ...jsonOption },
  endings: { done: 'listed', unreachable: 'Service Bus could not be reached or refused' },
});
