import { CommandError, UsageError } from '../command/errors.ts';
import type { Sources } from '../health/sources.ts';
import { type AuditEvent, readAuditEvents } from './readAuditEvents.ts';
import { MOST_RECORDS, type Records, type RequestRecord, readRecords } from './readRecords.ts';
import { type Entry, toTimeline } from './timeline.ts';

/** Of a partner, by its id in lower case, or of everything under a reference. */
export type About = { readonly externalPartnerId: string } | { readonly reference: string };

export type History = {
  readonly about: About;
  readonly days: number;
  /** ISO 8601, UTC. */
  readonly readAt: string;
  /** Oldest first. */
  readonly entries: readonly Entry[];
  /** What a reader has to know: what could not be seen, and why. */
  readonly notes: readonly string[];
};

const DAY_MS = 86_400_000;
/** How long a record may take to get into the workspace ("Log data ingestion time in Azure Monitor"). */
const LATE_MS = 15 * 60_000;
const RECENT = 'A record may come 15 minutes late: what is younger may still turn out to be of this app.';
const NOTHING_IN_GRAPH =
  'The audit of Graph lists nothing about this. Microsoft does not say whether it has changes of external partners: see docs/operating.md, "Changes made elsewhere".';

/** @throws {CommandError} if the records cannot be read; Graph's audit is left out then */
export async function readHistory(sources: Sources, about: About, days: number): Promise<History> {
  const now = new Date();
  const { logAnalytics: api, env, graph } = sources;
  const workspaceId = env.LOG_ANALYTICS_WORKSPACE_ID?.trim();
  if (!workspaceId) {
    throw new UsageError(
      'LOG_ANALYTICS_WORKSPACE_ID is not set; set it to the resource id of the workspace (azd sets it).',
    );
  }
  const where = { api, workspaceId, componentId: env.APPLICATION_INSIGHTS_ID?.trim() };
  const since = new Date(now.getTime() - days * DAY_MS);
  const [{ records, partners, all }, audit] = await Promise.all([
    findRecords(where, about, days),
    seeAudit(() => readAuditEvents(graph, since)),
  ]);
  const entries = toTimeline({
    records,
    partners,
    all,
    audit: audit.events.filter(({ at }) => Date.parse(at) >= beginningOf(about, records, all)),
    applicationId: env.IDENTITY_CLIENT_ID?.trim(),
  });
  const isRecent = ({ isElsewhere, at }: Entry) => isElsewhere && now.getTime() - Date.parse(at) < LATE_MS;
  const notes = [
    ...(records.length === MOST_RECORDS ? [`Only the newest ${MOST_RECORDS} records are shown.`] : []),
    ...(entries.some(isRecent) ? [RECENT] : []),
    ...audit.notes,
    ...(audit.notes.length === 0 && !entries.some((entry) => entry.audit) ? [NOTHING_IN_GRAPH] : []),
  ];
  return { about, days, readAt: now.toISOString(), entries, notes };
}

/** The records that a history is about, and all of the partners in it. */
async function findRecords(where: Records, about: About, days: number) {
  if ('externalPartnerId' in about) {
    const partners = [about.externalPartnerId];
    const records = await readRecords(where, { partners }, days);
    return { records, all: records, partners: new Set(partners) };
  }
  const records = await readRecords(where, about, days);
  const partners = new Set(
    records.flatMap(({ properties: { externalPartnerId } }) => externalPartnerId ?? []),
  );
  const all = partners.size === 0 ? [] : await readRecords(where, { partners: [...partners] }, days);
  return { records, all, partners };
}

/** From when on a change that is not on record is one without this app, in milliseconds. */
function beginningOf(about: About, [first]: readonly RequestRecord[], all: readonly RequestRecord[]): number {
  const oldestKnown = all.length === MOST_RECORDS ? Date.parse(all[0]?.at ?? '') : 0;
  // A ticket begins with its first request; what happened before is not its history.
  const firstOfTicket = 'reference' in about && first ? Date.parse(first.requestedAt ?? first.at) : 0;
  return Math.max(oldestKnown, firstOfTicket);
}

async function seeAudit(
  read: () => Promise<AuditEvent[]>,
): Promise<{ readonly events: readonly AuditEvent[]; readonly notes: readonly string[] }> {
  try {
    return { events: await read(), notes: [] };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const why = `${error.message} They take the permission CloudPC.Read.All.`;
    return {
      events: [],
      notes: [`The audit events of Graph cannot be seen, so a change without this app is not shown. ${why}`],
    };
  }
}
