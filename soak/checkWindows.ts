import type { Observation, Posted } from './observation.ts';

/** What became of the windows. */
export type WindowsVerdict = {
  /** How long an end took at most from its first delivery, in milliseconds. */
  readonly longestEndMs: number;
  /** Partners that were enabled longer than any window of theirs, in words. */
  readonly openTooLong: readonly string[];
  /** Windows that an end cut off, in words. */
  readonly cutOff: readonly string[];
};

type SeenWindow = {
  readonly until: number;
  /** Whether it was applied beyond doubt, and nothing since may have closed it. */
  isCertain: boolean;
  /** When its latest end was first delivered, or when another one is due. */
  endedAt: number;
};

type SeenPartner = {
  isEnabled: boolean;
  /** Whether a request without `until` may keep it enabled. */
  isForGood: boolean;
  readonly windows: Map<string, SeenWindow>;
};

/** So long after an end that could not be applied comes another one. */
export const POSTPONEMENT_MS = 5 * 60_000;
/** An end that has been delivered is tried through faults and kills for so long. */
const TOLERANCE_MS = 60_000;

/**
 * Holds what the stand-ins saw against the promise of windows: never enabled past the last window, unless a request
 * without an end keeps it so; never disabled by an end while another window is open. What Graph applied without a
 * clear response may count either way.
 *
 * @param outcomes the last outcome of each message
 * @param partners Graph's final state, `enableConnection` by record id
 * @param left messages that could not close windows, as the app has on record
 */
export function checkWindows(
  requestOf: ReadonlyMap<string, Posted>,
  observations: readonly Observation[],
  outcomes: ReadonlyMap<string, string>,
  partners: ReadonlyMap<string, boolean>,
  left: ReadonlySet<string>,
): WindowsVerdict {
  const seen = new Map<string, SeenPartner>();
  const inFlight = new Map<string, string>();
  const delivered = new Set<string>();
  const openTooLong: string[] = [];
  const cutOff: string[] = [];
  let longestEndMs = 0;

  const partnerOf = (id: string): SeenPartner => {
    const partner = seen.get(id) ?? { isEnabled: false, isForGood: false, windows: new Map() };
    seen.set(id, partner);
    return partner;
  };
  const closes = (messageId: string) => outcomes.get(messageId) === 'applied' && !left.has(messageId);

  function onDelivery(messageId: string, sessionId: string, at: number): void {
    const partner = partnerOf(sessionId);
    const request = requestOf.get(messageId);
    const isFirst = !delivered.has(messageId);
    delivered.add(messageId);
    inFlight.set(sessionId, messageId);
    if (!request || !isFirst) return;
    const { until, endOf, enableConnection } = request;
    if (until !== undefined) partner.windows.set(messageId, { until, isCertain: false, endedAt: until });
    else if (endOf !== undefined) {
      const window = partner.windows.get(endOf);
      const comesAgain = /failed|rejected/.test(outcomes.get(messageId) ?? '');
      if (window) window.endedAt = Math.max(window.endedAt, at + (comesAgain ? POSTPONEMENT_MS : 0));
    } else if (closes(messageId) && enableConnection === partner.isEnabled) {
      // A GET may be all that it needs.
      partner.windows.clear();
      partner.isForGood = enableConnection;
    }
  }

  function onChange(partnerId: string, enableConnection: boolean, at: number): void {
    const partner = partnerOf(partnerId);
    const messageId = inFlight.get(partnerId) ?? '';
    const { until, endOf } = requestOf.get(messageId) ?? {};
    if (!enableConnection && partner.isEnabled && !partner.isForGood) {
      const last = Math.max(...Array.from(partner.windows.values(), ({ endedAt }) => endedAt));
      longestEndMs = Math.max(longestEndMs, at - last);
      if (at - last > TOLERANCE_MS) {
        openTooLong.push(`${partnerId} was disabled ${at - last} ms after the end of its last window`);
      }
    }
    partner.isEnabled = enableConnection;
    const window = partner.windows.get(messageId);
    if (until !== undefined && window) {
      window.isCertain = outcomes.get(messageId) === 'applied';
      partner.isForGood = false;
    } else if (endOf !== undefined) {
      for (const [id, other] of partner.windows) {
        if (other.until <= at) partner.windows.delete(id);
        else if (other.isCertain)
          cutOff.push(`${id} was cut off ${other.until - at} ms early by ${messageId}`);
      }
    } else {
      partner.isForGood = enableConnection;
      if (closes(messageId)) partner.windows.clear();
      else for (const one of partner.windows.values()) one.isCertain = false;
    }
  }

  for (const one of observations) {
    if (one.type === 'delivered') onDelivery(one.messageId, one.sessionId, one.at);
    if (one.type === 'applied') onChange(one.externalPartnerId, one.enableConnection, one.at);
  }
  for (const [id, { isForGood, windows }] of seen) {
    if (partners.get(id) && !isForGood) {
      openTooLong.push(`${id} is still enabled after its windows (${[...windows.keys()].join(', ')})`);
    }
  }
  return { longestEndMs, openTooLong, cutOff };
}
