import { randomUUID } from 'node:crypto';
import type { HttpRequest } from '../http/httpRequest.ts';
import type { HttpResponse } from '../http/httpResponse.ts';
import { methodNotAllowed, success } from './graphApi.ts';
import { graphError, type RequestIds } from './graphError.ts';

const AUDIT_EVENTS_PATTERN = /^\/(?:v1\.0|beta)\/deviceManagement\/virtualEndpoint\/auditEvents\/?$/i;
const FILTER = /^activityDateTime ge (\S+)$/;

/** A change of a partner that was applied. */
export type AppliedChange = {
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  readonly externalPartnerId?: string;
  readonly enableConnection?: boolean;
  readonly clientRequestId?: string;
};

export function isAuditPath(path: string): boolean {
  return AUDIT_EVENTS_PATTERN.test(path.split('?', 1)[0] ?? '');
}

/** Handles one request to auditEvents of Microsoft Graph: a list, of the changes from a time on ("List auditEvents"). */
export function routeAuditRequest(
  changes: readonly AppliedChange[],
  request: HttpRequest,
  ids: RequestIds,
): HttpResponse {
  if (request.method !== 'GET') return methodNotAllowed(request, 'GET', ids);
  const filter = new URL(request.path, 'https://localhost').searchParams.get('$filter');
  const since = Date.parse(FILTER.exec(filter ?? '')?.[1] ?? '');
  if (filter !== null && Number.isNaN(since)) {
    return graphError(400, 'BadRequest', `The local Graph does not understand the filter '${filter}'.`, ids);
  }
  const value = changes
    .filter(({ receivedAt }) => Number.isNaN(since) || receivedAt >= since)
    .map(toAuditEvent)
    .toReversed();
  return success(200, { value });
}

/** "cloudPcAuditEvent resource type". */
function toAuditEvent({ receivedAt, externalPartnerId, enableConnection, clientRequestId }: AppliedChange) {
  return {
    id: randomUUID(),
    displayName: 'Update external partner',
    componentName: 'ExternalPartner',
    activity: 'Update external partner',
    activityDateTime: new Date(receivedAt).toISOString(),
    activityType: 'Update external partner',
    activityOperationType: 'patch',
    activityResult: 'success',
    correlationId: clientRequestId ?? randomUUID(),
    category: 'cloudPC',
    actor: { type: 'application', applicationDisplayName: 'local', userPrincipalName: null },
    resources: [
      {
        displayName: externalPartnerId,
        resourceId: externalPartnerId,
        modifiedProperties: [
          {
            displayName: 'enableConnection',
            oldValue: null,
            newValue: String(enableConnection),
          },
        ],
      },
    ],
  };
}
