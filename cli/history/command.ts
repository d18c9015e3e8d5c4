import { define } from '../command/definition.ts';
import { UsageError } from '../command/errors.ts';
import { parsePartnerId } from '../command/guid.ts';
import { jsonOption } from '../command/jsonOption.ts';

const DEFAULT_DAYS = 30;
const MOST_DAYS = 730;

export const history = define({
  name: 'history',
  summary: 'Show what happened to a partner or for a ticket',
  forms: ['history PARTNER_ID [options]', 'history --reference TEXT [options]'],
  details: [
    'One timeline, oldest first: what was requested, by whom, what came of it, windows and their ends, each with the clientRequestId of its calls to Graph; beside it what Graph itself lists in its audit of Cloud PCs. A change that Graph lists and the app did not make stands out.',
    'With your own Entra sign-in (az login). Records take the role Log Analytics Reader on the workspace, which LOG_ANALYTICS_WORKSPACE_ID names (azd sets it); the audit of Graph takes CloudPC.Read.All, and is left out without it. A record comes into the workspace some minutes after the change.',
  ],
  arguments: {
    externalPartnerId: {
      value: 'PARTNER_ID',
      help: 'the id (a GUID) of a cloudPcExternalPartner; npx epc partners lists them',
      parse: parsePartnerId,
    },
  },
  options: {
    reference: { value: 'TEXT', help: 'everything that was asked for under this reference' },
    days: {
      value: 'NUMBER',
      help: `how far to go back; default: ${DEFAULT_DAYS}. A workspace keeps records for 90 days, unless it is told otherwise`,
      parse: parseDays,
    },
    markdown: { help: 'print a page in Markdown, for an audit' },
    ...jsonOption,
  },
  endings: {
    done: 'shown',
    unreachable: 'the records could not be reached, or you may not read them',
  },
});

export function daysOf(typed: number | undefined): number {
  return typed ?? DEFAULT_DAYS;
}

function parseDays(text: string, name: string): number {
  const days = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (days >= 1 && days <= MOST_DAYS) return days;
  throw new UsageError(`${name} is ${text}; write a number of days, 1 to ${MOST_DAYS}.`);
}
