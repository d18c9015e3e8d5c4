import { asArray, asObject } from '../../shared/kit/json.ts';
import { openApi } from '../azure/callAzure.ts';
import { itemsOf } from '../azure/pages.ts';
import type { AzureService } from '../azure/signIn.ts';

/** What Graph says of a change, in its own words ("cloudPcAuditEvent resource type"). */
export type AuditEvent = {
  /** ISO 8601, UTC. */
  readonly at: string;
  /** What was done: `Update …`. */
  readonly activity: string;
  /** `success`, or another word. */
  readonly result: string;
  /** A person, or an app. */
  readonly actor: string;
  /** The client id of the app that the actor used, or is; in lower case. */
  readonly applicationId: string;
  /** The `client-request-id` of the call. */
  readonly clientRequestId: string;
  /** The ids of what was changed, in lower case. */
  readonly resourceIds: readonly string[];
  /** `enableConnection: false → true`. */
  readonly changes: readonly string[];
};

/**
 * The audit events of Cloud PCs, as far as Graph still has them.
 *
 * @throws {UnreachableError} if the caller may not read them, which takes CloudPC.Read.All, and for whatever else Graph says
 */
export async function readAuditEvents(graph: AzureService, since: Date): Promise<AuditEvent[]> {
  const filter = encodeURIComponent(`activityDateTime ge ${since.toISOString()}`);
  const path = `/v1.0/deviceManagement/virtualEndpoint/auditEvents?$filter=${filter}`;
  const items = await Array.fromAsync(itemsOf(openApi(graph), path));
  return items
    .filter(({ activityDateTime }) => !Number.isNaN(Date.parse(text(activityDateTime))))
    .map(toAuditEvent);
}

function toAuditEvent(item: Record<string, unknown>): AuditEvent {
  const resources = asArray(item.resources).map(asObject);
  return {
    at: new Date(text(item.activityDateTime)).toISOString(),
    activity: text(item.activity) || text(item.displayName) || text(item.activityType),
    result: text(item.activityResult),
    actor: actorOf(asObject(item.actor)),
    applicationId: text(asObject(item.actor).applicationId).toLowerCase(),
    clientRequestId: text(item.correlationId),
    resourceIds: resources.map(({ resourceId }) => text(resourceId).toLowerCase()),
    changes: resources.flatMap(({ modifiedProperties }) =>
      asArray(modifiedProperties).map((property) => {
        const { displayName, oldValue, newValue } = asObject(property);
        return `${text(displayName)}: ${text(oldValue) || '?'} → ${text(newValue) || '?'}`;
      }),
    ),
  };
}

function actorOf(actor: Record<string, unknown>): string {
  const { userPrincipalName, applicationDisplayName, servicePrincipalName, userId, applicationId } = actor;
  const names = [userPrincipalName, applicationDisplayName, servicePrincipalName, userId, applicationId];
  return names.map(text).find((name) => name !== '') ?? 'unknown';
}

function text(value: unknown): string {
  return value === undefined || value === null ? '' : String(value);
}
