import { expect, it } from 'vitest';
import { formatTime } from '../../../cli/terminal/time.ts';

it.each([
  ['2026-01-31T17:00:01.234Z', 'UTC', '2026-01-31T17:00:01Z'],
  ['2026-07-01T12:00:00.000Z', 'Africa/Abidjan', '2026-07-01T12:00:00Z'],
  ['2026-01-31T17:00:01.234Z', 'Asia/Kolkata', '2026-01-31T17:00:01Z (22:30 GMT+5:30)'],
  ['2026-01-31T17:00:01.234Z', 'Asia/Tokyo', '2026-01-31T17:00:01Z (2026-02-01 02:00 GMT+9)'],
  ['2026-07-01T03:00:00.000Z', 'America/New_York', '2026-07-01T03:00:00Z (2026-06-30 23:00 GMT-4)'],
  ['2026-01-01T00:30:00.000Z', 'Europe/London', '2026-01-01T00:30:00Z'],
])('the time %s in %s is %s', (time, zone, text) => {
  expect(formatTime(new Date(time), zone)).toBe(text);
});

it('no time is an empty text, and a text that is not a time stays', () => {
  expect(formatTime(undefined)).toBe('');
  expect(formatTime('soon')).toBe('soon');
  expect(formatTime('2026-01-31T18:00:01+01:00', 'UTC')).toBe('2026-01-31T17:00:01Z');
});
