import { define } from '../command/definition.ts';
import { parsePartnerId } from '../command/guid.ts';
import { jsonOption } from '../command/jsonOption.ts';
import { parseFutureTime } from '../command/time.ts';
import { namespaceOptions } from '../serviceBus/namespaceOptions.ts';
import { parseMessageId } from './messageId.ts';
import { parseWait, parseWindowLength } from './times.ts';

const partner = {
  value: 'PARTNER_ID',
  help: 'the id (a GUID) of a cloudPcExternalPartner; npx epc partners lists them',
  parse: parsePartnerId,
} as const;

/** What to say if no partner is named. */
export const WHICH_PARTNER =
  'Which partner? Type the id of its cloudPcExternalPartner record; npx epc partners lists them.';

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
  arguments: { externalPartnerId: { ...partner, ifMissing: WHICH_PARTNER } },
  options: { ...requestOptions, ...windowOptions, ...sendOptions },
  endings,
});

export const disable = define({
  name: 'disable',
  summary: 'Ask to disable the connection of an external partner, or of all',
  forms: ['disable PARTNER_ID [options]', 'disable --all|--from FILE [options]'],
  details: [
    'Closes every window of the partner. What is scheduled to enable it stays, and is named, unless there is a list of partners: --all and --from ask once, and take that back, as far as you may see it.',
    ...details,
  ],
  arguments: { externalPartnerId: partner },
  options: {
    all: { help: 'every partner that Graph lists; takes the permission CloudPC.Read.All' },
    from: {
      value: 'FILE',
      help: 'the partners in a file, ids one a line or what npx epc partners --json prints; - is standard input',
    },
    yes: { help: 'with --all or --from: do not ask' },
    tenant: { value: 'ID', help: 'with --all: the tenant to sign in to' },
    'device-code': { help: 'with --all: sign in with a code on another device' },
    ...requestOptions,
    ...sendOptions,
  },
  endings: {
    ...endings,
    declined: 'not sent, since you did not confirm',
    unreachable: 'Service Bus could not be reached or refused; of a list, something was not done',
  },
});
