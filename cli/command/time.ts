import { parseInstant } from '../../shared/contract/instant.ts';
import { UsageError } from './errors.ts';

const unitsMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
type Unit = keyof typeof unitsMs;

/** ISO 8601 and the local clock end here. */
const LATEST_TIME_MS = Date.parse('9999-12-31T23:59:59Z');

/** Milliseconds of `90`, `90s`, `15m`, `4h` or `2d`; undefined if it is none of those. Seconds need no unit. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit = 's'] = /^(\d{1,9})([smhd])?$/.exec(text) ?? [];
  return amount === undefined ? undefined : Number(amount) * unitsMs[unit as Unit];
}

/**
 * A time in the future: ISO 8601 with an offset, or `+` and a duration from now.
 *
 * @param name of the option, for the message
 * @throws {UsageError} if it is not a time, or has passed
 */
export function parseFutureTime(text: string, name: string, now = Date.now()): Date {
  const duration = text.startsWith('+') ? parseDuration(text.slice(1)) : undefined;
  const time = duration === undefined ? parseInstant(text) : now + duration;
  if (time === undefined || time > LATEST_TIME_MS) {
    throw new UsageError(
      `${name} is ${text}; write a time with an offset, such as 2030-01-31T18:00:00+01:00, or +90s, +15m, +4h or +2d.`,
    );
  }
  if (time <= now) throw new UsageError(`${name} is ${text}, which has passed; write a time in the future.`);
  return new Date(time);
}

/** A duration in its two largest units: `3 h 12 min`, `45 s`. */
export function describeDuration(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ];
  const first = parts.findIndex(([amount]) => amount > 0);
  if (first < 0) return '0 s';
  return parts
    .slice(first, first + 2)
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount} ${unit}`)
    .join(' ');
}
