import type { History } from './readHistory.ts';

const titles = [
  'Requested (UTC)',
  'Done (UTC)',
  'Partner',
  'What',
  'By',
  'Reference',
  'Details',
  'In Graph',
  'clientRequestId',
];

/** The timeline as a page that can go into an audit. */
export function toMarkdown({ about, days, entries, notes, readAt }: History): string[] {
  const subject =
    'reference' in about ? `reference ${about.reference}` : `external partner ${about.externalPartnerId}`;
  const elsewhere = entries.filter(({ isElsewhere }) => isElsewhere);
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    `# History of ${escapeMarkdown(subject)}`,
    '',
    `${countOf(entries.length, 'line')}, of the ${days} days before ${readAt}, oldest first. From the records of the app, and from Graph's audit events of Cloud PCs. "By", "Reference" and "Details" of a request are the requester's own words.`,
    '',
    elsewhere.length === 0
      ? 'Graph lists no change without this app, as far as can be seen.'
      : `In bold below: **${countOf(elsewhere.length, 'change')} in Graph without this app**.`,
    ...notes.flatMap((note) => ['', escapeMarkdown(note)]),
    '',
    row(titles),
    row(titles.map(() => '---')),
    ...entries.map((entry) => {
      const { at, requestedAt = '', externalPartnerId, what, by, reference, details } = entry;
      const { audit, clientRequestId, isElsewhere } = entry;
      const inGraph = audit ? `${audit.at}: ${audit.activity}, ${audit.result}, by ${audit.actor}` : '';
      const cells = [
        requestedAt,
        at,
        externalPartnerId,
        what,
        by,
        reference,
        details,
        inGraph,
        clientRequestId,
      ];
      const escaped = cells.map(escapeMarkdown);
      return row(isElsewhere ? escaped.map((cell) => (cell === '' ? '' : `**${cell}**`)) : escaped);
    }),
  ];
}

function countOf(amount: number, what: string): string {
  return `${amount} ${what}${amount === 1 ? '' : 's'}`;
}

/** Text from outside as text, whatever it holds: no markup, no link, no mention, no further cell. */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/@/g, '&#64;')
    .replace(/:\/\//g, ':&#47;&#47;')
    .replace(/[\\`*_[\]|~]/g, '\\$&');
}
