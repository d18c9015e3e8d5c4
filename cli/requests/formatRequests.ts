import { sanitize } from '../../shared/kit/sanitize.ts';
import { describeDuration } from '../command/time.ts';
import type { Line } from '../terminal/print.ts';
import { type Cell, layOutTable } from '../terminal/table.ts';
import { formatTime } from '../terminal/time.ts';
import type { TriedRequest } from './lastErrors.ts';
import { kindOf, type RequestMessage } from './readRequests.ts';

const titles = ['number', 'state', 'request', 'age', 'time', 'reference', 'deliveries', 'message id'];
const states: Record<RequestMessage['state'], string> = {
  first: 'first in line',
  waiting: 'waiting',
  scheduled: 'scheduled',
};
const TIME_LEGEND = 'age, time: since it joined the queue, or until a scheduled one will.';
const FIRST_LEGEND =
  'first in line: the app tries it now, if it runs. deliveries: those that ended without an outcome.';

/** The requests under a line for each partner. */
export function formatRequests(requests: readonly TriedRequest[], now: Date): Line[] {
  const partners = Map.groupBy(requests, ({ sessionId }) => sessionId);
  const ordered = [...partners.values()].flatMap(inOrderOfTime);
  const { title, rows } = layOutTable({
    titles: requests.some(({ lastError }) => lastError) ? [...titles, 'last error'] : titles,
    rows: ordered.map((request) => toRow(request, now)),
    beside: 4,
  });
  const remaining = [...rows];
  const sections = [...partners].flatMap(([sessionId, { length }]) => [
    `Partner ${sanitize(sessionId)}`,
    ...remaining.splice(0, length).flat(),
  ]);
  const isAnyFirst = requests.some(({ state }) => state === 'first');
  return [title, ...sections, '', TIME_LEGEND, ...(isAnyFirst ? [FIRST_LEGEND] : [])];
}

/** Scheduled ones last, by the time at which they will join the queue. */
function inOrderOfTime(requests: readonly TriedRequest[]): TriedRequest[] {
  const isScheduled = ({ state }: RequestMessage) => state === 'scheduled';
  const scheduled = requests.filter(isScheduled);
  return [
    ...requests.filter((one) => !isScheduled(one)),
    ...scheduled.sort((a, b) => (a.time?.getTime() ?? 0) - (b.time?.getTime() ?? 0)),
  ];
}

function toRow(
  { sequenceNumber, state, body, time, deliveryCount, messageId, lastError }: TriedRequest,
  now: Date,
): Cell[] {
  const { request } = body;
  return [
    sequenceNumber,
    states[state],
    request ? kindOf(request) : 'invalid',
    ageOf(time, now),
    formatTime(time),
    request?.reference,
    deliveryCount || undefined,
    messageId,
    lastError,
  ];
}

/** `3 min` ago, or `in 4 h`. */
function ageOf(time: Date | undefined, now: Date): string {
  if (time === undefined) return '';
  const ms = now.getTime() - time.getTime();
  return ms < 0 ? `in ${describeDuration(-ms)}` : describeDuration(ms);
}
