import { sanitize } from '../../shared/kit/sanitize.ts';
import { layOutTable } from '../terminal/table.ts';
import { actionOf, formatTime, type RequestMessage } from './readRequests.ts';

const titles = ['number', 'state', 'request', 'time', 'deliveries', 'reference', 'message id'];
const whole = ['number', 'state', 'request', 'time'];
const states: Record<RequestMessage['state'], string> = {
  first: 'first in line',
  waiting: 'waiting',
  scheduled: 'scheduled',
};
const TIME_LEGEND = 'time: when it joined the queue, or when a scheduled one will.';
const FIRST_LEGEND =
  'first in line: the app tries it now, if it runs. deliveries: those that ended without an outcome.';

/** The requests under a line for each partner, for a terminal. */
export function formatRequests(requests: readonly RequestMessage[]): string[] {
  const partners = Map.groupBy(requests, ({ sessionId }) => sessionId);
  const ordered = [...partners.values()].flatMap(inOrderOfTime);
  const { title, lines, note } = layOutTable(titles, ordered.map(toRow), whole);
  const remaining = [...lines];
  const sections = [...partners].flatMap(([sessionId, { length }]) => [
    `Partner ${sanitize(sessionId)}`,
    ...remaining.splice(0, length),
  ]);
  const isAnyFirst = requests.some(({ state }) => state === 'first');
  const legend = ['', TIME_LEGEND, ...(isAnyFirst ? [FIRST_LEGEND] : []), ...(note ? [note] : [])];
  return [title, ...sections, ...legend];
}

/** Scheduled ones last, by the time at which they will join the queue. */
function inOrderOfTime(requests: readonly RequestMessage[]): RequestMessage[] {
  const isScheduled = ({ state }: RequestMessage) => state === 'scheduled';
  const scheduled = requests.filter(isScheduled);
  return [
    ...requests.filter((one) => !isScheduled(one)),
    ...scheduled.sort((a, b) => (a.time?.getTime() ?? 0) - (b.time?.getTime() ?? 0)),
  ];
}

function toRow({ sequenceNumber, state, body, time, deliveryCount, messageId }: RequestMessage): unknown[] {
  const { request } = body;
  return [
    sequenceNumber,
    states[state],
    request ? actionOf(request.enableConnection) : 'invalid',
    formatTime(time),
    deliveryCount,
    request?.reference,
    messageId,
  ];
}
