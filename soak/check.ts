import { checkWindows } from './checkWindows.ts';
import type { Observation, Posted } from './observation.ts';

export type Verdict = {
  /** Distinct messages that the queue took in, ends aside. */
  readonly requests: number;
  /** Requests by the outcome of their last result. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Results beyond the first of a request. */
  readonly duplicateResults: number;
  readonly deadLettered: number;
  /** Messages that are still in the queue. */
  readonly waiting: number;
  readonly kills: number;
  /** Windows that were posted, and ends that the app has put on the queue. */
  readonly windows: number;
  readonly ends: number;
  readonly longestEndMs: number;
  /** Promises that were broken, in words. */
  readonly orderViolations: readonly string[];
  readonly lateApplications: readonly string[];
  readonly wrongStates: readonly string[];
  readonly contradictions: readonly string[];
  readonly lost: readonly string[];
  readonly openTooLong: readonly string[];
  readonly cutOff: readonly string[];
};

/** A PATCH that left in time may arrive a little after `validUntil`, on a busy machine more so. */
const ARRIVAL_TOLERANCE_MS = 1_000;

/**
 * Holds what the stand-ins saw against the promises: order, `validUntil`, Graph's state, one outcome for each
 * request, windows, nothing lost. Takes nothing from the app but the results it sent.
 *
 * @param partners Graph's final state, `enableConnection` by record id
 * @param waiting message ids that are still in the queue
 * @param windowsLeft requests that could not close windows, as the app has on record
 */
export function check(
  posted: readonly Posted[],
  observations: readonly Observation[],
  partners: ReadonlyMap<string, boolean>,
  waiting: ReadonlySet<string> = new Set(),
  windowsLeft: ReadonlySet<string> = new Set(),
): Verdict {
  const requestOf = new Map(posted.map((request) => [request.messageId, request]));
  const place = new Map<string, number>();
  const inFlight = new Map<string, string>();
  const lastApplied = new Map<string, { messageId: string; place: number; enableConnection: boolean }>();
  const appliedBy = new Set<string>();
  /** Requests that found their partner in the state that they asked for: a GET after a 204 may be all they need. */
  const alreadySo = new Set<string>();
  const results = new Map<string, { outcome: string; at: number }[]>();
  const dead = new Set<string>();
  const kills: number[] = [];
  const orderViolations: string[] = [];
  const lateApplications: string[] = [];

  for (const seen of observations) {
    switch (seen.type) {
      case 'enqueued':
        place.set(seen.messageId, place.size);
        break;
      case 'deadLettered':
        dead.add(seen.messageId);
        break;
      case 'delivered': {
        inFlight.set(seen.sessionId, seen.messageId);
        // Every partner begins disconnected.
        const state = lastApplied.get(seen.sessionId)?.enableConnection ?? false;
        if (requestOf.get(seen.messageId)?.enableConnection === state) alreadySo.add(seen.messageId);
        break;
      }
      case 'killed':
        kills.push(seen.at);
        break;
      case 'result':
        results.set(seen.messageId, [...(results.get(seen.messageId) ?? []), seen]);
        break;
      case 'applied': {
        const messageId = inFlight.get(seen.externalPartnerId) ?? 'nobody';
        const request = requestOf.get(messageId);
        const before = lastApplied.get(seen.externalPartnerId);
        const now = { messageId, place: place.get(messageId) ?? -1, enableConnection: seen.enableConnection };
        if (before && now.place < before.place) {
          orderViolations.push(`${messageId} was applied after ${before.messageId}, which came later`);
        }
        if (request?.enableConnection !== seen.enableConnection) {
          orderViolations.push(
            `${messageId} was in flight when enableConnection ${seen.enableConnection} was applied`,
          );
        }
        const latest = Math.min(request?.validUntil ?? Infinity, request?.until ?? Infinity);
        if (seen.at > latest + ARRIVAL_TOLERANCE_MS) {
          lateApplications.push(`${messageId} was applied ${seen.at - latest} ms after its time`);
        }
        lastApplied.set(seen.externalPartnerId, now);
        appliedBy.add(messageId);
      }
    }
  }

  const wrongStates = [...lastApplied].flatMap(([id, { messageId, enableConnection }]) =>
    partners.get(id) === enableConnection ? [] : [`${id} is not in the state that ${messageId} asked for`],
  );
  const contradictions: string[] = [];
  const outcomes: Record<string, number> = {};
  const lost: string[] = [];
  let duplicateResults = 0;
  for (const messageId of place.keys()) {
    const given = results.get(messageId) ?? [];
    const last = given.at(-1);
    if (!last) {
      if (!dead.has(messageId) && !waiting.has(messageId)) lost.push(messageId);
      continue;
    }
    outcomes[last.outcome] = (outcomes[last.outcome] ?? 0) + 1;
    duplicateResults += given.length - 1;
    if (last.outcome === 'applied' && !appliedBy.has(messageId) && !alreadySo.has(messageId)) {
      wrongStates.push(`${messageId} has the result applied, and Graph never applied it`);
    }
    for (const [index, { outcome, at }] of given.entries()) {
      const previous = given[index - 1];
      const crashed =
        previous &&
        kills.some((killedAt) => killedAt >= previous.at - ARRIVAL_TOLERANCE_MS && killedAt <= at);
      if (previous && previous.outcome !== outcome && !crashed) {
        contradictions.push(`${messageId} has the results ${previous.outcome} and then ${outcome}`);
      }
    }
  }
  const ends = posted.filter(({ endOf }) => endOf !== undefined).length;
  const lastOutcomes = new Map(
    Array.from(results, ([messageId, given]) => [messageId, given.at(-1)?.outcome ?? '']),
  );
  return {
    ...checkWindows(requestOf, observations, lastOutcomes, partners, windowsLeft),
    requests: place.size - ends,
    windows: posted.filter(({ until }) => until !== undefined).length,
    ends,
    outcomes,
    duplicateResults,
    deadLettered: dead.size,
    waiting: waiting.size,
    kills: kills.length,
    orderViolations,
    lateApplications,
    wrongStates,
    contradictions,
    lost,
  };
}

/** Every broken promise of a verdict, in words. */
export function brokenPromises(verdict: Verdict): string[] {
  const { orderViolations, lateApplications, wrongStates, contradictions, lost } = verdict;
  const { openTooLong, cutOff } = verdict;
  return [
    ...orderViolations,
    ...lateApplications,
    ...wrongStates,
    ...contradictions,
    ...openTooLong,
    ...cutOff,
    ...lost.map((messageId) => `${messageId} has no result, and is in no queue`),
  ];
}
