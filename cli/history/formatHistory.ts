import type { Line } from '../terminal/print.ts';
import { type Cell, formatTable } from '../terminal/table.ts';
import { formatTime } from '../terminal/time.ts';
import type { History } from './readHistory.ts';
import type { Entry } from './timeline.ts';

const titles = ['time', 'what', 'by', 'reference', 'details', 'in Graph', 'clientRequestId', 'requested'];

/** The timeline as a table, with a line for each thing that could not be seen. */
export function formatHistory({ about, days, entries, notes }: History): Line[] {
  const isAboutOne = 'externalPartnerId' in about;
  const columns = isAboutOne ? titles : ['time', 'partner', ...titles.slice(1)];
  const rows = entries.map((entry) => {
    const [time = '', ...cells] = toCells(entry);
    return isAboutOne ? [time, ...cells] : [time, entry.externalPartnerId, ...cells];
  });
  const table =
    entries.length === 0 ? [] : formatTable({ titles: columns, rows, beside: isAboutOne ? 2 : 3 });
  const elsewhere = entries.filter(({ isElsewhere }) => isElsewhere).length;
  const count = `${entries.length} ${entries.length === 1 ? 'entry' : 'entries'} of the last ${days} days.`;
  const warning: Line[] =
    elsewhere === 0
      ? []
      : [{ text: `${elsewhere} of them: changed in Graph without this app.`, style: 'red' }];
  return [...table, ...(table.length > 0 ? [''] : []), count, ...warning, ...notes];
}

function toCells(entry: Entry): Cell[] {
  const { at, what, by, reference, details, audit, clientRequestId, requestedAt, isElsewhere } = entry;
  return [
    formatTime(new Date(at)),
    isElsewhere ? { text: what, style: 'red' } : what,
    by,
    reference,
    details,
    audit && !isElsewhere ? `${audit.activity}, ${audit.result}, by ${audit.actor}` : '',
    clientRequestId,
    formatTime(requestedAt === undefined ? undefined : new Date(requestedAt)),
  ];
}
