import { CommandError, UsageError } from '../command/errors.ts';
import type { Sources } from '../health/sources.ts';
import { type AuditEvent, readAuditEvents } from './readAuditEvents.ts';
import { MOST_RECORDS, readRecords } from './readRecords.ts';
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
  const filter = 'reference' in about ? about : { partners: [about.externalPartnerId] };
  const records = { api, workspaceId, componentId: env.APPLICATION_INSIGHTS_ID?.trim() };
  const [found, audit] = await Promise.all([
    readRecords(records, filter, days),
    seeAudit(() => readAuditEvents(graph, new Date(now.getTime() - days * DAY_MS))),
  ]);
  const ofRecords = found.map(({ properties }) => properties.externalPartnerId ?? '');
  const partners = new Set('reference' in about ? ofRecords : [about.externalPartnerId]);
  const first = found[0]?.requestedAt ?? found[0]?.at ?? now.toISOString();
  // A ticket begins with its first request; what happened before is not its history.
  const events = audit.events.filter(({ at }) => !('reference' in about) || at >= first);
  const entries = toTimeline(found, events, partners);
  const notes = [
    ...(found.length === MOST_RECORDS ? [`Only the newest ${MOST_RECORDS} records are shown.`] : []),
    ...audit.notes,
    ...(audit.notes.length === 0 && !entries.some((entry) => entry.audit)
      ? [
          'The audit of Graph lists nothing about this. Microsoft does not say whether it has changes of external partners: see docs/operating.md, "Changes made elsewhere".',
        ]
      : []),
  ];
  return { about, days, readAt: now.toISOString(), entries, notes };
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
