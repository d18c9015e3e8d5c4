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

/** What a timeline is made of. */
export type TimelineSources = {
  /** What it is about. */
  readonly records: readonly RequestRecord[];
  readonly audit: readonly AuditEvent[];
  /** In lower case. */
  readonly partners: ReadonlySet<string>;
  /** Every record of these partners: what is in none of them was not done by the app, or left no record. */
  readonly all: readonly RequestRecord[];
  /** The client id of the identity of the app, if it is known. */
  readonly applicationId?: string | undefined;
};

/** One timeline of what the app recorded and what Graph did, oldest first. */
export function toTimeline({ records, audit, partners, all, applicationId }: TimelineSources): Entry[] {
  const byCall = new Map(audit.map((event) => [event.clientRequestId.toLowerCase(), event]));
  const ownCalls = new Set(all.map(({ properties }) => (properties.clientRequestId ?? '').toLowerCase()));
  const unrecorded = audit.filter(
    ({ clientRequestId, resourceIds }) =>
      !ownCalls.has(clientRequestId.toLowerCase()) && resourceIds.some((id) => partners.has(id)),
  );
  return [
    ...records.map((record) => ofRecord(record, byCall)),
    ...unrecorded.map((event) => ofAudit(event, partners, applicationId)),
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

function ofAudit(event: AuditEvent, partners: ReadonlySet<string>, applicationId: string | undefined): Entry {
  const { at, activity, result, actor, clientRequestId, resourceIds, changes } = event;
  // A delivery that the worker did not survive left no record.
  const isOwn = applicationId !== undefined && event.applicationId === applicationId.toLowerCase();
  return {
    at,
    externalPartnerId: resourceIds.find((id) => partners.has(id)) ?? '',
    what: `${isOwn ? 'changed by this app, without a record' : 'CHANGED WITHOUT THIS APP'}: ${activity}${result === 'success' ? '' : ` (${result})`}`,
    by: actor,
    reference: '',
    details: changes.join(', '),
    clientRequestId,
    audit: event,
    isElsewhere: !isOwn,
  };
}
