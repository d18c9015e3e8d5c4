/** A request as it was posted. */
export type Posted = {
  readonly messageId: string;
  readonly externalPartnerId: string;
  /** Absent if the body is not a valid request. */
  readonly enableConnection?: boolean;
  /** Milliseconds since the epoch. */
  readonly validUntil?: number;
};

/** What the stand-ins saw, in the order in which they saw it. */
export type Observation =
  | { readonly type: 'enqueued' | 'deadLettered'; readonly at: number; readonly messageId: string }
  | {
      readonly type: 'delivered';
      readonly at: number;
      readonly messageId: string;
      readonly sessionId: string;
    }
  | {
      readonly type: 'applied';
      readonly at: number;
      readonly externalPartnerId: string;
      readonly enableConnection: boolean;
    }
  | { readonly type: 'result'; readonly at: number; readonly messageId: string; readonly outcome: string }
  | { readonly type: 'killed'; readonly at: number };

export type Verdict = {
  /** Distinct messages that the queue took in. */
  readonly requests: number;
  /** Requests by the outcome of their last result. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Results beyond the first of a request. */
  readonly duplicateResults: number;
  readonly deadLettered: number;
  readonly kills: number;
  /** Promises that were broken, in words. */
  readonly orderViolations: readonly string[];
  readonly lateApplications: readonly string[];
  readonly wrongStates: readonly string[];
  readonly contradictions: readonly string[];
  readonly lost: readonly string[];
};

/** A PATCH that left in time may arrive a little after `validUntil`, on a busy machine more so. */
const ARRIVAL_TOLERANCE_MS = 1_000;

/**
 * Holds what the stand-ins saw against the promises: order, `validUntil`, Graph's state, one outcome for each
 * request, nothing lost. Takes nothing from the app but the results it sent.
 *
 * @param partners Graph's final state, `enableConnection` by record id
 * @param waiting message ids that are still in the queue
 */
export function check(
  posted: readonly Posted[],
  observations: readonly Observation[],
  partners: ReadonlyMap<string, boolean>,
  waiting: ReadonlySet<string> = new Set(),
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
        if (request?.validUntil !== undefined && seen.at > request.validUntil + ARRIVAL_TOLERANCE_MS) {
          lateApplications.push(
            `${messageId} was applied ${seen.at - request.validUntil} ms after validUntil`,
          );
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
  return {
    requests: place.size,
    outcomes,
    duplicateResults,
    deadLettered: dead.size,
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
  return [
    ...orderViolations,
    ...lateApplications,
    ...wrongStates,
    ...contradictions,
    ...lost.map((messageId) => `${messageId} has no result, and is in no queue`),
  ];
}
