import { randomBytes } from 'node:crypto';
import { localValue } from '../localSettings.ts';

/** A permission that a service principal defines; "appRole resource type". */
export type AppRole = {
  readonly id: string;
  /** The name of the permission. */
  readonly value: string;
  readonly displayName: string;
  readonly allowedMemberTypes: readonly ('Application' | 'User')[];
  readonly isEnabled: boolean;
};

/** An application, or a managed identity, in the tenant; "servicePrincipal resource type". */
export type ServicePrincipal = {
  readonly id: string;
  readonly appId: string;
  readonly displayName: string;
  readonly servicePrincipalType: 'Application' | 'ManagedIdentity';
  readonly appRoles: readonly AppRole[];
};

/** A permission that a principal has; "appRoleAssignment resource type". */
export type AppRoleAssignment = {
  readonly id: string;
  /** ISO 8601. */
  readonly createdDateTime: string;
  readonly appRoleId: string;
  readonly principalDisplayName: string;
  readonly principalId: string;
  readonly principalType: 'ServicePrincipal';
  readonly resourceDisplayName: string;
  readonly resourceId: string;
};

/** The part of a tenant that permissions are granted in. May be changed at any time. */
export type Directory = {
  readonly servicePrincipals: ServicePrincipal[];
  readonly appRoleAssignments: AppRoleAssignment[];
};

/** To read Cloud PCs and external partners. */
export const readPermission = applicationRole(
  'a9e09520-8ed4-4cde-838e-4fdea192c227',
  'CloudPC.Read.All',
  'Read Cloud PCs',
);

/** To change them as well. */
export const writePermission = applicationRole(
  '3b4349e1-8cf5-45a3-95b7-69d1751d3e6a',
  'CloudPC.ReadWrite.All',
  'Read and write Cloud PCs',
);

/** Microsoft Graph itself, with a few of its permissions. */
export const graphPrincipal: ServicePrincipal = {
  id: '6d2f0c9a-3b7e-4f15-8a64-b91c0e57d283',
  appId: '00000003-0000-0000-c000-000000000000',
  displayName: 'Microsoft Graph',
  servicePrincipalType: 'Application',
  appRoles: [readPermission, writePermission],
};

/** The managed identity of the app, under the client id that the local identity endpoint uses by itself. */
export const identityPrincipal: ServicePrincipal = {
  id: localValue('IDENTITY_PRINCIPAL_ID'),
  appId: 'a1b6c2d8-0e4f-4a57-9b3c-7d5e2f8019c4',
  displayName: 'id-local',
  servicePrincipalType: 'ManagedIdentity',
  appRoles: [],
};

/** A tenant with Graph and the app's identity, which has the permission CloudPC.ReadWrite.All. */
export function createDirectory(): Directory {
  return {
    servicePrincipals: [graphPrincipal, identityPrincipal],
    appRoleAssignments: [createAssignment(identityPrincipal, graphPrincipal, writePermission)],
  };
}

export function createAssignment(
  principal: ServicePrincipal,
  resource: ServicePrincipal,
  appRole: AppRole,
): AppRoleAssignment {
  return {
    id: randomBytes(32).toString('base64url'),
    createdDateTime: new Date().toISOString(),
    appRoleId: appRole.id,
    principalDisplayName: principal.displayName,
    principalId: principal.id,
    principalType: 'ServicePrincipal',
    resourceDisplayName: resource.displayName,
    resourceId: resource.id,
  };
}

function applicationRole(id: string, value: string, displayName: string): AppRole {
  return { id, value, displayName, allowedMemberTypes: ['Application'], isEnabled: true };
}
