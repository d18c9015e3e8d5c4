import type { Result } from '../../shared/contract/resultSchema.ts';
import { describeDuration } from '../command/time.ts';
import { type Check, type Finding, ok, skipped, wrong } from '../doctor/check.ts';
import type { RequestMessage } from '../requests/readRequests.ts';
import { requestOf } from '../results/describeResult.ts';
import type { Installation, Seen } from './readInstallation.ts';

/** An app on no instance is woken up within two minutes, as users of Flex Consumption report. */
const WAKE_UP_MS = 3 * 60_000;
/** A request is tried for 34 minutes, and its result for 8; see docs/faults.md. */
const LONGEST_MS = 45 * 60_000;
const OVERDUE_MS = 15 * 60_000;

/** What an installation wants of enables, from the variables of azd. */
export type WantedEnds = Readonly<Record<string, string | undefined>>;

/** Whether an installation does its work, from one look at it. Each check stands on its own. */
export function healthChecks(look: () => Promise<Installation>, env: WantedEnds): Check[] {
  const check = <K extends 'requests' | 'windows' | 'deadLetters' | 'results' | 'partners'>(
    name: string,
    what: K,
    judge: (seen: ValueOf<Installation[K]>, installation: Installation) => Finding,
  ): Check => ({
    name,
    async run() {
      const installation = await look();
      const seen: Seen<unknown> = installation[what];
      if ('unseen' in seen) return skipped(seen.unseen, 'See docs/operating.md, "Who may look at what".');
      return judge(seen.value as ValueOf<Installation[K]>, installation);
    },
  });
  return [
    check('the app takes requests', 'requests', judgeTaking),
    check('no request waits too long', 'requests', judgeWaiting),
    check('requests are applied', 'results', judgeResults),
    check('there are no dead letters', 'deadLetters', judgeDeadLetters),
    check('windows end on time', 'windows', judgeWindows),
    ...(wantsEnds(env) ? [check('nothing is enabled without an end', 'partners', judgeEndless)] : []),
  ];
}

type ValueOf<S> = S extends { readonly value: infer T } ? T : never;

function judgeTaking(requests: readonly RequestMessage[], { at }: Installation): Finding {
  const first = requests.filter(({ state }) => state === 'first');
  const untaken = first.find(
    ({ deliveryCount, time }) => deliveryCount === 0 && time && at.getTime() - time.getTime() > WAKE_UP_MS,
  );
  if (untaken) {
    const age = describeDuration(at.getTime() - (untaken.time?.getTime() ?? 0));
    return wrong(
      `a request of partner ${untaken.sessionId} has been on the queue for ${age}, and nothing takes it`,
      'Does the app run? Look at its log (docs/troubleshooting.md, "Messages stay in the queue").',
    );
  }
  return ok(first.length === 0 ? 'nothing waits' : `${count(first.length, 'request')} first in line`);
}

function judgeWaiting(requests: readonly RequestMessage[], { at }: Installation): Finding {
  const waiting = requests.filter(({ state }) => state !== 'scheduled');
  const scheduled = requests.length - waiting.length;
  const oldest = Math.max(0, ...waiting.map(({ time }) => at.getTime() - (time?.getTime() ?? at.getTime())));
  const what = `${count(waiting.length, 'request')} on the queue, ${scheduled} scheduled`;
  if (oldest <= LONGEST_MS)
    return ok(waiting.length === 0 ? what : `${what}, the oldest ${describeDuration(oldest)}`);
  return wrong(
    `${what}, the oldest for ${describeDuration(oldest)}`,
    'Run npx epc requests to see which, and look at the log of the app for why it is not applied.',
  );
}

function judgeResults(results: readonly Result[]): Finding {
  const of = (...outcomes: Result['outcome'][]) =>
    results.filter(({ outcome }) => outcomes.includes(outcome));
  const done = of('applied', 'unchanged').length;
  const rejected = of('rejected').length;
  const failed = of('failed');
  const seen = `of the last day: ${done} applied or unchanged, ${rejected} rejected, ${failed.length} failed`;
  const unresolved = failed.filter((failure) => !results.some((later) => resolves(later, failure)));
  const last = unresolved.at(-1);
  if (last && 'error' in last) {
    const partner = requestOf(last).externalPartnerId ?? 'no partner';
    return wrong(
      `${seen}; the last for ${partner}: ${last.error.message}`,
      'Run npx epc results --once to see them.',
    );
  }
  if (rejected >= 3 && done === 0) {
    return wrong(seen, 'Every request is rejected: npx epc results --once says why.');
  }
  return ok(seen);
}

function resolves(later: Result, failure: Result): boolean {
  return (
    later.outcome === 'applied' &&
    later.completedAt > failure.completedAt &&
    requestOf(later).externalPartnerId === requestOf(failure).externalPartnerId
  );
}

function judgeDeadLetters(letters: readonly unknown[]): Finding {
  if (letters.length === 0) return ok('none');
  return wrong(
    count(letters.length, 'dead letter'),
    'Run npx epc dead-letters: it lists them, and sends again or drops.',
  );
}

function judgeWindows(windows: ValueOf<Installation['windows']>, { at }: Installation): Finding {
  const [first] = windows;
  if (!first) return ok('no window is open');
  const overdueMs = at.getTime() - Date.parse(first.until);
  if (overdueMs <= OVERDUE_MS)
    return ok(`${count(windows.length, 'window')}, the first ends at ${first.until}`);
  return wrong(
    `the window of partner ${first.externalPartnerId} should have ended ${describeDuration(overdueMs)} ago`,
    `Run npx epc disable ${first.externalPartnerId}, which closes it; then look at npx epc requests for its end.`,
  );
}

function judgeEndless(partners: ValueOf<Installation['partners']>, { windows }: Installation): Finding {
  if ('unseen' in windows) return skipped(windows.unseen, 'Without the windows, nobody can tell.');
  const withWindow = new Set(windows.value.map(({ externalPartnerId }) => externalPartnerId));
  const endless = partners.filter(
    ({ id, enableConnection }) => enableConnection && !withWindow.has(id.toLowerCase()),
  );
  if (endless.length === 0) return ok('every partner that is enabled has an end');
  return wrong(
    `enabled without an end: ${endless.map(({ id }) => id).join(', ')}`,
    'The policy wants an end: run npx epc disable ID, or npx epc enable ID --for 4h.',
  );
}

function wantsEnds({ LONGEST_WINDOW_HOURS, REQUIRED_PROPERTIES = '' }: WantedEnds): boolean {
  return Boolean(LONGEST_WINDOW_HOURS?.trim()) || /\buntil\b/.test(REQUIRED_PROPERTIES);
}

function count(amount: number, what: string): string {
  return `${amount} ${what}${amount === 1 ? '' : 's'}`;
}
