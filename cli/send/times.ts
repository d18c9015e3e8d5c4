import { UsageError } from '../command/errors.ts';
import { parseDuration, parseFutureTime } from '../command/time.ts';
import type { SendValues } from './options.ts';

export type SendTimes = {
  /** Absent: at once. */
  readonly at?: Date;
  /** When a window ends. */
  readonly end?: Date;
  readonly validUntil?: string;
  /** How long to wait for the result, from now on; absent: not at all. */
  readonly waitMs?: number;
};

/** As long as a timer can be. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;
const DAY_MS = 86_400_000;
const LONGEST_WAIT_FOR_RESULT_MS = DAY_MS;
const LONGEST_WINDOW_MS = 366 * DAY_MS;

/**
 * The times of a request, checked against each other.
 *
 * @throws {UsageError}
 */
export function readTimes(values: SendValues): SendTimes {
  const at = values.at === undefined ? undefined : parseFutureTime('--at', values.at);
  const end = readEnd(values, at);
  const validUntil = end?.toISOString() ?? readValidUntil(values['valid-until'], at);
  const waitMs = readWait(values.wait, at);
  return {
    ...(at && { at }),
    ...(end && { end }),
    ...(validUntil !== undefined && { validUntil }),
    ...(waitMs !== undefined && { waitMs }),
  };
}

function readEnd(values: SendValues, at: Date | undefined): Date | undefined {
  const { for: duration, until } = values;
  if (duration === undefined && until === undefined) return undefined;
  const option = duration === undefined ? '--until' : '--for';
  if (duration !== undefined && until !== undefined) {
    throw new UsageError('--for and --until both end the window; give one of them.');
  }
  if (values['valid-until'] !== undefined) {
    throw new UsageError(`${option} sets --valid-until to the end of the window; leave it out.`);
  }
  const end =
    duration === undefined
      ? parseFutureTime('--until', until ?? '')
      : new Date((at?.getTime() ?? Date.now()) + readWindowLength(duration));
  if (at && end <= at)
    throw new UsageError('--until is not after --at; the window would end before it begins.');
  return end;
}

function readWindowLength(text: string): number {
  const ms = /[smhd]$/.test(text) ? parseDuration(text.replace(/^\+/, '')) : undefined;
  if (ms && ms <= LONGEST_WINDOW_MS) return ms;
  throw new UsageError(
    `--for is ${text}; write a duration with its unit, such as 90s, 15m, 4h or 2d, of at most a year.`,
  );
}

function readValidUntil(text: string | undefined, at: Date | undefined): string | undefined {
  if (text === undefined) return undefined;
  const time = parseFutureTime('--valid-until', text);
  if (at && at >= time) {
    throw new UsageError('--at is not before --valid-until; the request could only expire.');
  }
  return text.startsWith('+') ? time.toISOString() : text;
}

function readWait(text: string | undefined, at: Date | undefined): number | undefined {
  if (text === undefined) return undefined;
  const wait = parseDuration(text);
  if (!wait || wait > LONGEST_WAIT_FOR_RESULT_MS) {
    throw new UsageError(`--wait is ${text}; write a duration of at most a day, such as 90s, 15m or 1h.`);
  }
  const untilTime = Math.max(0, (at?.getTime() ?? 0) - Date.now());
  if (untilTime + wait > LONGEST_WAIT_MS) {
    throw new UsageError('--wait cannot wait for an --at that is weeks ahead; use npm run results then.');
  }
  return untilTime + wait;
}
