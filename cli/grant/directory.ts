import { asObject } from '../../shared/kit/json.ts';
import { type AzureApi, RefusedError } from '../azure/callAzure.ts';
import { itemsOf } from '../azure/pages.ts';
import { PERMISSION } from './permission.ts';

/** The `appId` of Microsoft Graph, the same in every tenant and cloud. */
const GRAPH_APP_ID = '00000003-0000-0000-c000-000000000000';
const SERVICE_PRINCIPALS = '/v1.0/servicePrincipals';

/** The permission as the tenant knows it. */
export type Permission = {
  /** The id of Microsoft Graph's service principal, which defines it. */
  readonly resourceId: string;
  readonly appRoleId: string;
};

/** An identity that can have permissions. */
export type Principal = { readonly id: string; readonly displayName: string };

/** What the directory of the tenant knows about identities and permissions. */
export type Directory = {
  /** @throws {Error} if Graph has no such permission */
  findPermission(): Promise<Permission>;
  /** Undefined if there is none with this id, or if it is so new that Graph does not know it yet. */
  findPrincipal(id: string): Promise<Principal | undefined>;
  /** The ids of what gives the principal the permission: one at most. */
  findAssignments(principal: Principal, permission: Permission): Promise<string[]>;
  /** `unknownPrincipal` if the principal is so new that not all of Graph knows it yet. */
  assign(principal: Principal, permission: Permission): Promise<'assigned' | 'exists' | 'unknownPrincipal'>;
  /** Does nothing if it is gone already. */
  remove(permission: Permission, assignmentId: string): Promise<void>;
};

/**
 * Asks Microsoft Graph: "Grant an appRoleAssignment for a service principal", "List appRoleAssignments granted to a
 * service principal", "Delete appRoleAssignedTo".
 */
export function createDirectory(graph: AzureApi): Directory {
  return {
    async findPermission() {
      const path = `${SERVICE_PRINCIPALS}(appId='${GRAPH_APP_ID}')?$select=id,appRoles`;
      const { id, appRoles } = asObject(await graph.call(path));
      const role = (Array.isArray(appRoles) ? appRoles.map(asObject) : []).find(
        ({ value, allowedMemberTypes }) =>
          value === PERMISSION &&
          Array.isArray(allowedMemberTypes) &&
          allowedMemberTypes.includes('Application'),
      );
      if (!role)
        throw new Error(`Microsoft Graph defines no application permission ${PERMISSION} in this cloud.`);
      return { resourceId: String(id), appRoleId: String(role.id) };
    },

    async findPrincipal(id) {
      const path = `${SERVICE_PRINCIPALS}/${encodeURIComponent(id)}?$select=id,displayName`;
      const found = await orUndefined(404, () => graph.call(path));
      if (found === undefined) return undefined;
      const principal = asObject(found);
      return { id: String(principal.id), displayName: String(principal.displayName ?? '') };
    },

    async findAssignments({ id }, { resourceId, appRoleId }) {
      const found: string[] = [];
      for await (const one of itemsOf(graph, `${SERVICE_PRINCIPALS}/${id}/appRoleAssignments`)) {
        if (one.resourceId === resourceId && one.appRoleId === appRoleId) found.push(String(one.id));
      }
      return found;
    },

    async assign({ id: principalId }, { resourceId, appRoleId }) {
      try {
        const body = { principalId, resourceId, appRoleId };
        await graph.call(`${SERVICE_PRINCIPALS}/${resourceId}/appRoleAssignedTo`, { method: 'POST', body });
        return 'assigned';
      } catch (error) {
        if (error instanceof RefusedError && error.status === 400) {
          if (/already exists/i.test(error.reason)) return 'exists';
          if (/not a valid reference update/i.test(error.reason)) return 'unknownPrincipal';
        }
        throw error;
      }
    },

    async remove({ resourceId }, assignmentId) {
      const path = `${SERVICE_PRINCIPALS}/${resourceId}/appRoleAssignedTo/${encodeURIComponent(assignmentId)}`;
      await orUndefined(404, () => graph.call(path, { method: 'DELETE' }));
    },
  };
}

async function orUndefined<T>(status: number, call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof RefusedError && error.status === status) return undefined;
    throw error;
  }
}
