/**
 * A time for a person, to the second: in UTC and, if that is another one, as clocks around here show it.
 *
 * @returns `2026-01-31T17:00:01Z (18:00 GMT+1)`; an empty string for no time; a text that is not a time, as it is
 */
export function formatTime(given: Date | string | undefined, zone?: string): string {
  if (given === undefined) return '';
  const time = new Date(given);
  if (Number.isNaN(time.getTime())) return String(given);
  const utc = time.toISOString().replace(/\.\d+Z$/, 'Z');
  const here = partsIn(zone, time);
  const there = partsIn('UTC', time);
  if (here.time === there.time && here.date === there.date) return utc;
  const date = here.date === there.date ? '' : `${here.date} `;
  return `${utc} (${date}${here.time} ${here.zone})`;
}

function partsIn(timeZone: string | undefined, time: Date) {
  const format = new Intl.DateTimeFormat('en-GB', {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
    ...(timeZone !== undefined && { timeZone }),
  });
  const parts = Object.fromEntries(format.formatToParts(time).map(({ type, value }) => [type, value]));
  const { year, month, day, hour, minute, timeZoneName = '' } = parts;
  return { date: `${year}-${month}-${day}`, time: `${hour}:${minute}`, zone: timeZoneName };
}
