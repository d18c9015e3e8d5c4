import { type Resource, resourcesOf, type Snapshot } from '../snapshot.ts';

/** Ids of built-in roles that may be assigned ("Azure built-in roles"), the least that serve. */
const builtInRoles: Readonly<Record<string, string>> = {
  'Azure Service Bus Data Owner': '090c5cfd-751d-490a-894a-3ce6f1107419',
  'Azure Service Bus Data Receiver': '4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0',
  'Azure Service Bus Data Sender': '69a216fc-b8fb-44d8-bc22-1f3c2cd27a39',
  'Monitoring Metrics Publisher': '3913510d-42f4-4e42-8a64-420c390055eb',
  'Storage Blob Data Owner': 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b',
};

/** Who has a role where. */
export type Assignment = {
  readonly role: string;
  /** `app`, the name of an integration (`schedules`), or a principal id. */
  readonly principal: string;
  /** Type and name of the resource that the role is for. */
  readonly scope: string;
};

/** What the app itself needs, and nothing beside it: by role, the type of the one resource. */
const ofTheApp: Readonly<Record<string, string>> = {
  // The scaler counts messages with the identity of the app, and needs the right to manage the queue for that.
  'Azure Service Bus Data Owner': 'Microsoft.ServiceBus/namespaces/queues',
  'Azure Service Bus Data Sender': 'Microsoft.ServiceBus/namespaces/topics',
  'Monitoring Metrics Publisher': 'Microsoft.Insights/components',
  'Storage Blob Data Owner': 'Microsoft.Storage/storageAccounts',
};

/** What people and other systems may have: send requests, receive from one subscription. */
const ofOthers: Readonly<Record<string, string>> = {
  'Azure Service Bus Data Sender': 'Microsoft.ServiceBus/namespaces/queues',
  'Azure Service Bus Data Receiver': 'Microsoft.ServiceBus/namespaces/topics/subscriptions',
};

/** Every role assignment of an installation. */
export function assignmentsOf(snapshot: Snapshot): Assignment[] {
  return resourcesOf(snapshot, 'Microsoft.Authorization/roleAssignments').map((resource) => {
    const { roleDefinitionId = '', principalId = '' } = resource.properties ?? {};
    const roleId = roleDefinitionId.split('/').at(-1) ?? '';
    return {
      role: Object.keys(builtInRoles).find((name) => builtInRoles[name] === roleId) ?? roleId,
      principal: identityIn(principalId) ?? principalId,
      scope: scopeOf(resource),
    };
  });
}

/** What an identity of the installation is for, by its name: `id-TOKEN` or `id-PURPOSE-TOKEN`. */
function identityIn(principalId: string): string | undefined {
  const identity = /^\[reference\('[^']*\/userAssignedIdentities\/id-(?:(\w+)-)?\w+'/.exec(principalId);
  return identity ? (identity[1] ?? 'app') : undefined;
}

/** Roles are built-in ones at the smallest scope, and the app has each of its own. */
export function roleProblems(snapshot: Snapshot): string[] {
  const assignments = assignmentsOf(snapshot);
  return [
    ...assignments
      .filter(({ role, principal, scope }) => {
        const allowed = (principal === 'app' ? ofTheApp : ofOthers)[role];
        return allowed === undefined || !scope.startsWith(`${allowed} `);
      })
      .map(({ role, principal, scope }) => `${principal} has ${role} on ${scope}.`),
    ...Object.keys(ofTheApp)
      .filter(
        (role) =>
          !assignments.some((assignment) => assignment.principal === 'app' && assignment.role === role),
      )
      .map((role) => `The app lacks ${role}.`),
  ];
}

/** Type and name of what an extension resource is attached to, such as `Microsoft.Web/sites NAME`. */
function scopeOf({ id }: Resource): string {
  const scope =
    /^\[extensionResourceId\('([^']+)'/.exec(id)?.[1] ??
    id.replace(/\/providers\/[^/]+\/roleAssignments\/.*/, '');
  const [, path = ''] = scope.split('/providers/');
  const [provider = '', ...rest] = path.split('/');
  const types = rest.filter((_, index) => index % 2 === 0);
  const names = rest.filter((_, index) => index % 2 === 1);
  return path === '' ? scope : `${[provider, ...types].join('/')} ${names.join('/')}`;
}
