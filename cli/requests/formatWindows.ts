import { PROGRAM } from '../command/help.ts';
import type { Seen } from '../health/readInstallation.ts';
import type { Line, Span } from '../terminal/print.ts';
import { formatTable } from '../terminal/table.ts';
import { formatTime } from '../terminal/time.ts';
import type { PartnerWindow } from '../windows/readWindows.ts';

const titles = ['partner', 'until', 'reference', 'requested by', 'id'];

/** Who holds what open until when, and how to end it. */
export function formatWindows(windows: Seen<readonly PartnerWindow[]>, now: Date): Line[] {
  if ('unseen' in windows) return [`Open windows cannot be seen. ${windows.unseen}`];
  if (windows.value.length === 0) return ['No window is open.'];
  const rows = windows.value.map(({ externalPartnerId, until, reference, requestedBy, id }) => [
    externalPartnerId,
    endOf(new Date(until), now),
    reference,
    requestedBy,
    id,
  ]);
  return [
    'Open windows:',
    ...formatTable({ titles, rows, beside: 2 }),
    '',
    `To end the windows of a partner: ${PROGRAM} disable PARTNER`,
    `To move the end of one: ${PROGRAM} enable PARTNER --message-id ID --until TIME`,
  ];
}

function endOf(until: Date, now: Date): Span {
  const time = formatTime(until);
  return until > now ? time : { text: `${time} overdue`, style: 'red' };
}
