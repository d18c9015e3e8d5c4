import { asObject } from '../../shared/kit/json.ts';
import { type CallDirectory, RefusedError } from '../azure/directoryClient.ts';
import { PERMISSION } from './permission.ts';

/** The `appId` of Microsoft Graph, the same in every tenant and cloud. */
const GRAPH_APP_ID = '00000003-0000-0000-c000-000000000000';
/** More assignments than any identity has, so that a loop of links ends. */
const MAX_PAGES = 50;

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
export function createDirectory(call: CallDirectory): Directory {
  return {
    async findPermission() {
      const path = `/servicePrincipals(appId='${GRAPH_APP_ID}')?$select=id,appRoles`;
      const { id, appRoles } = asObject(await call(path, (request) => request.get()));
      const role = listOf(appRoles).find(
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
      const path = `/servicePrincipals/${encodeURIComponent(id)}?$select=id,displayName`;
      const found = await orUndefined(404, () => call(path, (request) => request.get()));
      if (found === undefined) return undefined;
      const principal = asObject(found);
      return { id: String(principal.id), displayName: String(principal.displayName ?? '') };
    },

    async findAssignments({ id }, { resourceId, appRoleId }) {
      const found: string[] = [];
      let path: string | undefined = `/servicePrincipals/${id}/appRoleAssignments`;
      for (let page = 0; path !== undefined && page < MAX_PAGES; page++) {
        const { value, '@odata.nextLink': next } = asObject(await call(path, (request) => request.get()));
        const given = listOf(value).filter(
          (one) => one.resourceId === resourceId && one.appRoleId === appRoleId,
        );
        found.push(...given.map((assignment) => String(assignment.id)));
        path = pathOf(next);
      }
      return found;
    },

    async assign({ id: principalId }, { resourceId, appRoleId }) {
      try {
        await call(`/servicePrincipals/${resourceId}/appRoleAssignedTo`, (request) =>
          request.post({ principalId, resourceId, appRoleId }),
        );
        return 'assigned';
      } catch (error) {
        if (error instanceof RefusedError && error.status === 400) {
          if (/already exists/i.test(error.message)) return 'exists';
          if (/not a valid reference update/i.test(error.message)) return 'unknownPrincipal';
        }
        throw error;
      }
    },

    async remove({ resourceId }, assignmentId) {
      const path = `/servicePrincipals/${resourceId}/appRoleAssignedTo/${encodeURIComponent(assignmentId)}`;
      await orUndefined(404, () => call(path, (request) => request.delete()));
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

function listOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.map(asObject) : [];
}

/** The path and query of a link to the next page: the token goes to no other host. */
function pathOf(link: unknown): string | undefined {
  if (typeof link !== 'string' || !URL.canParse(link)) return undefined;
  const { pathname, search } = new URL(link);
  return pathname.replace(/^\/v1\.0/, '') + search;
}
