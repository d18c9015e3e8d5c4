import { formatFindings, type NamedFinding } from '../doctor/formatFindings.ts';
import type { Installation } from '../health/readInstallation.ts';
import { kindOf, requestJson } from '../requests/readRequests.ts';
import type { Line } from '../terminal/print.ts';
import { type Cell, formatTable } from '../terminal/table.ts';
import { formatTime } from '../terminal/time.ts';

/** Of each list; the command that shows the rest is named. */
const MOST_ROWS = 10;

/** The verdict first, then what it rests on and what comes next, for a terminal. */
export function formatStatus(installation: Installation, findings: readonly NamedFinding[]): Line[] {
  const isHealthy = findings.every(({ status }) => status !== 'wrong');
  return [
    { text: verdictOf(findings), style: isHealthy ? 'green' : 'red' },
    '',
    ...formatFindings(findings).slice(0, -2),
    ...section('Open windows', windowRows(installation), ['partner', 'until', 'reference', 'requested by']),
    ...section('Scheduled', scheduledRows(installation), [
      'number',
      'time',
      'partner',
      'request',
      'reference',
    ]),
  ];
}

/** One sentence. */
export function verdictOf(findings: readonly NamedFinding[]): string {
  const wrong = findings.filter(({ status }) => status === 'wrong').length;
  const skipped = findings.filter(({ status }) => status === 'skipped').length;
  const verdict =
    wrong === 0 ? 'Healthy' : `Not healthy: ${wrong} ${wrong === 1 ? 'thing is' : 'things are'} wrong`;
  return skipped === 0
    ? `${verdict}.`
    : `${verdict}, as far as can be seen: ${skipped} could not be checked.`;
}

/** For a program. */
export function statusJson(installation: Installation, findings: readonly NamedFinding[]): object {
  const { at, host, requestsQueue, requests, windows, deadLetters, results, partners } = installation;
  return {
    healthy: findings.every(({ status }) => status !== 'wrong'),
    at: at.toISOString(),
    host,
    requestsQueue,
    findings,
    requests: 'value' in requests ? requests.value.map(requestJson) : requests,
    windows: 'value' in windows ? windows.value : windows,
    deadLetters:
      'value' in deadLetters ? deadLetters.value.map(({ id, obstacle }) => ({ id, obstacle })) : deadLetters,
    results: 'value' in results ? results.value : results,
    partners: 'value' in partners ? partners.value : partners,
  };
}

function section(title: string, rows: readonly (readonly Cell[])[], titles: readonly string[]): Line[] {
  if (rows.length === 0) return [];
  const more = rows.length > MOST_ROWS ? [`… and ${rows.length - MOST_ROWS} more: npx epc requests`] : [];
  return ['', `${title}:`, ...formatTable({ titles, rows: rows.slice(0, MOST_ROWS), beside: 2 }), ...more];
}

function windowRows({ windows }: Installation): Cell[][] {
  if (!('value' in windows)) return [];
  return windows.value.map(({ externalPartnerId, until, reference, requestedBy }) => [
    externalPartnerId,
    formatTime(new Date(until)),
    reference,
    requestedBy,
  ]);
}

function scheduledRows({ requests }: Installation): Cell[][] {
  if (!('value' in requests)) return [];
  return requests.value
    .filter(({ state, body }) => state === 'scheduled' && body.request?.endOf === undefined)
    .map(({ sequenceNumber, time, sessionId, body }) => [
      sequenceNumber,
      formatTime(time),
      sessionId,
      body.request ? kindOf(body.request) : 'invalid',
      body.request?.reference,
    ]);
}
