import { namespaceOptions, namespaceUsage } from '../serviceBus/connect.ts';

export const usage = `Ask to enable or disable the connection of an external partner.

  npm run send -- enable  EXTERNAL_PARTNER_ID [options]
  npm run send -- disable EXTERNAL_PARTNER_ID [options]
  npm run send -- cancel  SEQUENCE_NUMBER     [options]

EXTERNAL_PARTNER_ID is the id (a GUID) of a cloudPcExternalPartner; npm run partners lists them.
SEQUENCE_NUMBER is the number of a scheduled request; --at prints it, and npm run requests lists it.
TIME is ISO 8601 with an offset (2030-01-31T18:00:00+01:00), or a duration from now: +90s, +15m,
+4h, +2d.

  --reference TEXT     your own key, such as a ticket number; returned in the result
  --reason TEXT        why, for the audit record
  --requested-by TEXT  who asks; default: the name you are signed in with on this machine
  --valid-until TIME   do not apply it after this time
  --at TIME            apply it at this time
  --for DURATION       enable only: disable again after 90s, 15m, 4h or 2d
  --until TIME         enable only: disable again at this time
  --message-id TEXT    avoids duplicates: Service Bus drops a request if its message id was used
                       within the queue's duplicate detection window. Whether it was dropped is
                       looked up, which takes the role Azure Service Bus Data Receiver on the queue
  --wait [DURATION]    wait for the result; default: 60 seconds
${namespaceUsage}
  --json               print one JSON object (npm run --silent send -- …)
  --help

Exit code:
  0  sent, scheduled or cancelled; with --wait, applied
  1  rejected
  2  wrong usage
  3  failed
  4  no result in time
  5  Service Bus could not be reached or refused
  6  dropped as a duplicate, so that the request has no effect; 0 instead if the earlier request was
     for the same partner, action and reference and was applied, and no later one for that partner
     says otherwise`;

export const sendOptions = {
  reference: { type: 'string' },
  reason: { type: 'string' },
  'requested-by': { type: 'string' },
  'valid-until': { type: 'string' },
  at: { type: 'string' },
  for: { type: 'string' },
  until: { type: 'string' },
  'message-id': { type: 'string' },
  wait: { type: 'string', alone: { value: '60s', pattern: /^\d+[a-z]*$/ } },
  ...namespaceOptions,
  json: { type: 'boolean', default: false },
} as const;

export type SendValues = {
  readonly [Name in Exclude<keyof typeof sendOptions, 'json' | 'web-sockets'>]?: string | undefined;
} & { readonly json: boolean; readonly 'web-sockets': boolean };
