import { randomUUID } from 'node:crypto';
import type { ResourceProperties } from './resourceManager.ts';

/** The app on Flex Consumption, as Azure Resource Manager shows it: properties by resource id. */
export function appResources(appId: string): Readonly<Record<string, ResourceProperties>> {
  return {
    [appId]: {
      state: 'Running',
      functionAppConfig: {
        runtime: { name: 'node', version: '24' },
        scaleAndConcurrency: { maximumInstanceCount: 1, instanceMemoryMB: 2048, alwaysReady: [] },
      },
    },
  };
}

/** A role on a resource, as Azure Resource Manager shows it: its properties by its id. */
export function roleAssignment(
  scope: string,
  principalId: string,
  roleId: string,
): Readonly<Record<string, ResourceProperties>> {
  const roleDefinitionId = `/subscriptions/${scope.split('/')[2]}/providers/Microsoft.Authorization/roleDefinitions/${roleId}`;
  return {
    [`${scope}/providers/Microsoft.Authorization/roleAssignments/${randomUUID()}`]: {
      scope,
      principalId,
      roleDefinitionId,
      principalType: 'ServicePrincipal',
    },
  };
}
