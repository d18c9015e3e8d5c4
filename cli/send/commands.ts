import { define } from '../command/definition.ts';
import { parsePartnerId } from '../command/guid.ts';
import { jsonOption } from '../command/jsonOption.ts';
import { parseFutureTime } from '../command/time.ts';
import { namespaceOptions } from '../serviceBus/namespaceOptions.ts';
import { parseMessageId } from './messageId.ts';
import { parseWait, parseWindowLength } from './times.ts';

const partner = {
  externalPartnerId: {
    value: 'PARTNER_ID',
    help: 'the id (a GUID) of a cloudPcExternalPartner; npx epc partners lists them',
    ifMissing:
      'Which partner? Type the id of its cloudPcExternalPartner record; npx epc partners lists them.',
    parse: parsePartnerId,
  },
} as const;

const requestOptions = {
  reference: { value: 'TEXT', help: 'your own key, such as a ticket number; returned in the result' },
  reason: { value: 'TEXT', help: 'why, for the audit record' },
  'requested-by': {
    value: 'TEXT',
    help: 'who asks; default: the name you are signed in with on this machine',
  },
  'valid-until': { value: 'TIME', help: 'do not apply it after this time', parse: parseFutureTime },
  at: { value: 'TIME', help: 'apply it at this time', parse: parseFutureTime },
} as const;

const windowOptions = {
  for: {
    value: 'DURATION',
    help: 'open a window: the app disables the connection again after 90s, 15m, 4h or 2d, counted from --at if that is given',
    parse: parseWindowLength,
  },
  until: { value: 'TIME', help: 'open a window that ends at this time', parse: parseFutureTime },
} as const;

const sendOptions = {
  'dry-run': {
    help: 'have the app check everything and look at the partner, and change nothing (validateOnly); waits for the result',
  },
  'message-id': {
    value: 'TEXT',
    help: 'to send the same request again: Service Bus drops it if it has seen the id in the last minutes (the duplicate detection window of the queue); a GUID of your own, or the one that an earlier run printed; default: a new one',
    parse: parseMessageId,
  },
  wait: {
    value: '[DURATION]',
    help: 'wait for the result; default: 60 seconds',
    alone: { value: '60s', pattern: /^\d+[a-z]*$/ },
    parse: parseWait,
  },
  ...namespaceOptions,
  ...jsonOption,
} as const;

const details = [
  'TIME is ISO 8601 with an offset (2030-01-31T18:00:00+01:00), or a duration from now: +90s, +15m, +4h, +2d.',
];

const endings = {
  done: 'sent or scheduled; with --wait, applied or unchanged',
  rejected: 'rejected',
  failed: 'failed',
  noResult: 'no result in time',
  unreachable: 'Service Bus could not be reached or refused',
  dropped:
    'dropped as a duplicate, so that the request has no effect; 0 instead if the earlier request was for the same partner, action and reference and was applied, and no later one for that partner says otherwise',
} as const;

export const enable = define({
  name: 'enable',
  summary: 'Ask to enable the connection of an external partner',
  details: [
    'The last request decides: windows add up, and a request without an end closes every window of the partner.',
    ...details,
  ],
  arguments: partner,
  options: { ...requestOptions, ...windowOptions, ...sendOptions },
  endings,
});

export const disable = define({
  name: 'disable',
  summary: 'Ask to disable the connection of an external partner',
  details: ['Closes every window of the partner.', ...details],
  arguments: partner,
  options: { ...requestOptions, ...sendOptions },
  endings,
});
