import type { AuditEvent } from './readAuditEvents.ts';
import type { RequestRecord } from './readRecords.ts';

/** Something that happened to a partner. */
export type Entry = {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly requestedAt?: string | undefined;
  readonly externalPartnerId: string;
  /** `enable until 2026-…: applied`. */
  readonly what: string;
  /** Who asked, in their own words; of a change without this app, who Graph says it was. */
  readonly by: string;
  readonly reference: string;
  /** Why, or what went wrong. */
  readonly details: string;
  readonly clientRequestId: string;
  /** What Graph's audit says of the same change. */
  readonly audit?: AuditEvent;
  /** Whether Graph knows of it and the app does not. */
  readonly isElsewhere: boolean;
};

/**
 * One timeline of what the app recorded and what Graph did, oldest first.
 *
 * @param partners whose changes without this app belong to it, by their ids in lower case
 */
export function toTimeline(
  records: readonly RequestRecord[],
  audit: readonly AuditEvent[],
  partners: ReadonlySet<string>,
): Entry[] {
  const byCall = new Map(audit.map((event) => [event.clientRequestId.toLowerCase(), event]));
  const ownCalls = new Set(records.map(({ properties }) => (properties.clientRequestId ?? '').toLowerCase()));
  const elsewhere = audit.filter(
    ({ clientRequestId, resourceIds }) =>
      !ownCalls.has(clientRequestId.toLowerCase()) && resourceIds.some((id) => partners.has(id)),
  );
  return [
    ...records.map((record) => ofRecord(record, byCall)),
    ...elsewhere.map((event) => ofAudit(event, partners)),
  ].sort((one, other) => one.at.localeCompare(other.at));
}

function ofRecord(
  { at, requestedAt, kind, properties }: RequestRecord,
  byCall: ReadonlyMap<string, AuditEvent>,
): Entry {
  const { clientRequestId = '', requestedBy = '', reference = '', externalPartnerId = '' } = properties;
  const { reason, errorCode, errorMessage, reasonCode, statusDetails, endOf } = properties;
  const audit = kind === 'completed' ? byCall.get(clientRequestId.toLowerCase()) : undefined;
  const error = errorMessage && [errorCode, errorMessage].filter(Boolean).join(': ');
  const details = [endOf && `of the window ${endOf}`, reason, error, reasonCode, statusDetails];
  return {
    at,
    requestedAt,
    externalPartnerId,
    what: `${whatOf(properties)}: ${endingOf(kind, properties)}`,
    by: requestedBy,
    reference,
    details: details.filter(Boolean).join('; '),
    clientRequestId,
    ...(audit && { audit }),
    isElsewhere: false,
  };
}

function whatOf({ enableConnection, until, endOf, validateOnly }: RequestRecord['properties']): string {
  if (enableConnection === undefined) return 'invalid request';
  if (endOf !== undefined) return 'end of window';
  const action =
    enableConnection === 'true' ? 'enable' : enableConnection === 'false' ? 'disable' : 'invalid request';
  const window = until === undefined ? action : `${action} until ${until}`;
  return validateOnly === 'true' ? `check ${window}` : window;
}

function endingOf(kind: RequestRecord['kind'], { outcome = '' }: RequestRecord['properties']): string {
  if (kind === 'redelivered') return 'tried, to be tried again';
  return kind === 'windowsLeft' ? 'its windows are still stored' : outcome;
}

function ofAudit(event: AuditEvent, partners: ReadonlySet<string>): Entry {
  const { at, activity, result, actor, clientRequestId, resourceIds, changes } = event;
  return {
    at,
    externalPartnerId: resourceIds.find((id) => partners.has(id)) ?? '',
    what: `CHANGED WITHOUT THIS APP: ${activity}${result === 'success' ? '' : ` (${result})`}`,
    by: actor,
    reference: '',
    details: changes.join(', '),
    clientRequestId,
    audit: event,
    isElsewhere: true,
  };
}
