import { describe } from 'vitest';
import type { Snapshot } from '../snapshot.ts';
import { expectEachToBeFound, withAnother, withChanged, without } from '../wrongInstallation.ts';
import { roleProblems } from './roles.ts';

const type = 'Microsoft.Authorization/roleAssignments';
const group = '/subscriptions/s/resourceGroups/g';
const namespace = `${group}/providers/Microsoft.ServiceBus/namespaces/n`;

/** The installation with one more principal that may send to something. */
function withSenderTo(scope: string): Snapshot {
  return withAnother({
    id: `${scope}/providers/${type}/1`,
    type,
    name: '1',
    properties: { roleDefinitionId: roleId('69a216fc-b8fb-44d8-bc22-1f3c2cd27a39'), principalId: 'someone' },
  });
}

function roleId(id: string): string {
  return `/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/${id}`;
}

describe('a wrong role is found:', () => {
  expectEachToBeFound(roleProblems, [
    [
      'Owner',
      withChanged(type, (assignment) => {
        assignment.roleDefinitionId = roleId('8e3af657-a8ff-443c-a75c-2fe8c4bcb635');
      }),
      'app has 8e3af657-a8ff-443c-a75c-2fe8c4bcb635 on Microsoft.ServiceBus/namespaces/queues',
    ],
    [
      'one on the resource group',
      withSenderTo(group),
      `someone has Azure Service Bus Data Sender on ${group}.`,
    ],
    ['one on the namespace', withSenderTo(namespace), 'on Microsoft.ServiceBus/namespaces n.'],
    [
      'one to forge results with',
      withSenderTo(`${namespace}/topics/t`),
      'someone has Azure Service Bus Data Sender on Microsoft.ServiceBus/namespaces/topics n/t.',
    ],
    [
      'an app that may only receive, so that its scaler cannot count',
      withChanged(type, (assignment) => {
        const role = assignment.roleDefinitionId?.replace(
          '090c5cfd-751d-490a-894a-3ce6f1107419',
          '4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0',
        );
        if (role !== undefined) assignment.roleDefinitionId = role;
      }),
      'The app lacks Azure Service Bus Data Owner.',
    ],
    [
      'Data Owner on more than the queue',
      withAnother({
        id: `${namespace}/providers/${type}/1`,
        type,
        name: '1',
        properties: {
          roleDefinitionId: roleId('090c5cfd-751d-490a-894a-3ce6f1107419'),
          principalId:
            "[reference('/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-x', '2023-01-31').principalId]",
        },
      }),
      'app has Azure Service Bus Data Owner on Microsoft.ServiceBus/namespaces n.',
    ],
    [
      'none for the app',
      without((resource) => resource.type === type && resource.id.includes('/storageAccounts/')),
      'The app lacks Storage Blob Data Owner.',
    ],
  ]);
});
