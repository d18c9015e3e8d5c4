import { UsageError } from '../command/errors.ts';
import { parseDuration } from '../command/time.ts';

/** The times of a request, as they were typed. */
export type Times = {
  readonly at?: Date | undefined;
  /** In milliseconds, from the beginning of the window on. */
  readonly for?: number | undefined;
  /** The end of a window. */
  readonly until?: Date | undefined;
  readonly 'valid-until'?: Date | undefined;
  /** In milliseconds. */
  readonly wait?: number | undefined;
  /** Whether the request is only to be checked. */
  readonly 'dry-run'?: boolean;
};

/** The times of a request, as they go together. */
export type SendTimes = {
  /** Absent: at once. */
  readonly at?: Date;
  /** The end of a window. */
  readonly until?: Date;
  readonly validUntil?: Date;
  /** How long to wait for the result, from now on; absent: not at all. */
  readonly waitMs?: number;
};

/** As long as a timer can be. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;
const DAY_MS = 86_400_000;
const LONGEST_WAIT_FOR_RESULT_MS = DAY_MS;
/** Of a request that is only checked: its result is all there is to it. */
const DRY_RUN_WAIT_MS = 60_000;
const LONGEST_WINDOW_MS = 366 * DAY_MS;

/** @throws {UsageError} for times that do not go together */
export function readTimes(times: Times): SendTimes {
  const { at, 'valid-until': validUntil } = times;
  const until = readUntil(times);
  if (at && validUntil && at >= validUntil) {
    throw new UsageError('--at is not before --valid-until; the request could only expire.');
  }
  const waitMs = readWait(times);
  return {
    ...(at && { at }),
    ...(until && { until }),
    ...(validUntil && { validUntil }),
    ...(waitMs !== undefined && { waitMs }),
  };
}

function readUntil({ at, for: lengthMs, until }: Times): Date | undefined {
  if (lengthMs !== undefined && until !== undefined) {
    throw new UsageError('--for and --until both end the window; give one of them.');
  }
  if (at && until && until <= at) {
    throw new UsageError('--until is not after --at; the window would end before it begins.');
  }
  return lengthMs === undefined ? until : new Date((at?.getTime() ?? Date.now()) + lengthMs);
}

function readWait({ at, wait, 'dry-run': isDryRun }: Times): number | undefined {
  if (at && isDryRun) throw new UsageError('--dry-run is checked now; leave --at out.');
  if (wait === undefined) return isDryRun ? DRY_RUN_WAIT_MS : undefined;
  const untilTime = Math.max(0, (at?.getTime() ?? 0) - Date.now());
  if (untilTime + wait > LONGEST_WAIT_MS) {
    throw new UsageError('--wait cannot wait for an --at that is weeks ahead; use npx epc results then.');
  }
  return untilTime + wait;
}

/** Milliseconds. @throws {UsageError} */
export function parseWindowLength(text: string, name: string): number {
  const ms = /[smhd]$/.test(text) ? parseDuration(text.replace(/^\+/, '')) : undefined;
  if (ms && ms <= LONGEST_WINDOW_MS) return ms;
  throw new UsageError(
    `${name} is ${text}; write a duration with its unit, such as 90s, 15m, 4h or 2d, of at most a year.`,
  );
}

/** Milliseconds. @throws {UsageError} */
export function parseWait(text: string, name: string): number {
  const ms = parseDuration(text);
  if (ms && ms <= LONGEST_WAIT_FOR_RESULT_MS) return ms;
  throw new UsageError(`${name} is ${text}; write a duration of at most a day, such as 90s, 15m or 1h.`);
}
