/**
 * A date and time with an offset, in every form of RFC 3339 and the common ones of ISO 8601: `T`, `t` or a space
 * between date and time, seconds and their fraction optional, the offset `Z`, `z`, `+01:00`, `+0100` or `+01`.
 */
export const INSTANT =
  /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2})(?::(\d{2})(?:[.,](\d{1,18}))?)?(?:[Zz]|([+-]\d{2})(?::?(\d{2}))?)$/;

/** Milliseconds since the epoch; undefined if the text is not an {@link INSTANT} or there is no such time. */
export function parseInstant(text: string): number | undefined {
  const [, date = '', time, seconds = '00', fraction = '', hours = '+00', minutes = '00'] =
    INSTANT.exec(text) ?? [];
  if (!isDay(date)) return undefined;
  // RFC 3339 allows a leap second: it is the first instant of the next minute.
  const isLeapSecond = seconds === '60';
  const ms = isLeapSecond ? '000' : fraction.padEnd(3, '0').slice(0, 3);
  const start = Date.parse(`${date}T${time}:${isLeapSecond ? '59' : seconds}.${ms}${hours}:${minutes}`);
  return Number.isNaN(start) ? undefined : start + (isLeapSecond ? 1_000 : 0);
}

/** `Date` takes February 30 for March 2. */
function isDay(date: string): boolean {
  const day = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(date);
}
