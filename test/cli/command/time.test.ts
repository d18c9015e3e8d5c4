import { describe, expect, it } from 'vitest';
import { describeDuration, parseDuration, parseFutureTime } from '../../../cli/command/time.ts';

const now = Date.parse('2026-01-31T12:00:00Z');

it.each([
  ['90', 90_000],
  ['90s', 90_000],
  ['15m', 900_000],
  ['4h', 14_400_000],
  ['2d', 172_800_000],
  ['4w', undefined],
  ['-4h', undefined],
  ['1.5h', undefined],
  ['', undefined],
])('the duration "%s" is %s ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

describe('a time in the future', () => {
  it.each([
    ['+90', '2026-01-31T12:01:30.000Z'],
    ['+90s', '2026-01-31T12:01:30.000Z'],
    ['+15m', '2026-01-31T12:15:00.000Z'],
    ['+4h', '2026-01-31T16:00:00.000Z'],
    ['+2d', '2026-02-02T12:00:00.000Z'],
    ['2026-01-31T18:00:00+01:00', '2026-01-31T17:00:00.000Z'],
    ['2026-01-31T18:00Z', '2026-01-31T18:00:00.000Z'],
  ])('may be %s', (text, time) => {
    expect(parseFutureTime(text, '--at', now).toISOString()).toBe(time);
  });

  it.each([
    ['2026-01-31T11:59:59Z', '--at is 2026-01-31T11:59:59Z, which has passed; write a time in the future.'],
    ['+0s', '--at is +0s, which has passed'],
    ['tomorrow', '--at is tomorrow; write a time with an offset, such as'],
    ['2030-01-01T00:00:00', '--at is 2030-01-01T00:00:00; write a time with an offset, such as'],
    ['4h', '--at is 4h; write a time with an offset, such as'],
    ['+4 h', '--at is +4 h; write'],
    ['+999999999d', '--at is +999999999d; write'],
    ['5Z', '--at is 5Z; write'],
  ])('is not %s', (text, problem) => {
    expect(() => parseFutureTime(text, '--at', now)).toThrow(problem);
  });
});

it.each([
  [0, '0 s'],
  [-5, '0 s'],
  [44_100, '45 s'],
  [60_000, '1 min'],
  [84_214_000, '23 h 23 min'],
  [14_400_000, '4 h'],
  [3_601_000, '1 h'],
  [187_200_000, '2 d 4 h'],
])('%s ms are "%s"', (ms, words) => {
  expect(describeDuration(ms)).toBe(words);
});
