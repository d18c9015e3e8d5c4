import { asObject } from '../../shared/kit/json.ts';
import type { AzureService } from '../azure/signIn.ts';
import { type Check, ok, type Problem, unset, wrong } from './check.ts';
import { namespaceIdProblem } from './namespaceId.ts';
import { readResource } from './readResource.ts';

/** Built-in roles by the last part of their id ("Azure built-in roles"). */
const roleNames: Readonly<Record<string, string>> = {
  '090c5cfd-751d-490a-894a-3ce6f1107419': 'Azure Service Bus Data Owner',
  '4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0': 'Azure Service Bus Data Receiver',
  '69a216fc-b8fb-44d8-bc22-1f3c2cd27a39': 'Azure Service Bus Data Sender',
};

/** Of a list of assignments: thousands, and yet an end. */
const MAX_PAGES = 50;

type Assignment = { readonly scope: string; readonly principalId: string; readonly role: string };

/**
 * Who has a role on the queue or the topic that no parameter of the last deployment names: azd adds roles, and takes
 * none away. Roles on the namespace and above are not looked at.
 */
export function rolesCheck({
  api,
  namespaceId,
  host,
  requestsQueue,
  resultsTopic,
  identity,
  requesters,
  readers,
}: {
  api: AzureService;
  namespaceId: string | undefined;
  /** Undefined for the local namespace. */
  host: string | undefined;
  requestsQueue: string;
  resultsTopic: string;
  /** Principal id of the app. */
  identity: string | undefined;
  /** Principal ids, separated by commas. */
  requesters: string | undefined;
  /** `SUBSCRIPTION=PRINCIPAL_ID`, separated by commas. */
  readers: string | undefined;
}): Check {
  async function assignmentsOn(entity: string): Promise<Assignment[] | Problem> {
    const scope = `${namespaceId}${entity}`;
    const assignments: Assignment[] = [];
    let path: string | undefined =
      `${scope}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01`;
    for (let page = 0; path !== undefined && page < MAX_PAGES; page++) {
      const resource = await readResource(api, path, 'who has which role');
      if (resource === 'missing') break;
      if ('status' in resource) return resource;
      const { value, nextLink } = resource.json;
      assignments.push(...(Array.isArray(value) ? value : []).map(toAssignment));
      path =
        typeof nextLink === 'string' && nextLink.startsWith(`${api.baseUrl}/`)
          ? nextLink.slice(api.baseUrl.length)
          : undefined;
    }
    // The list has those of everything above as well.
    return assignments.filter((assignment) => isWithin(assignment.scope, scope));
  }

  return {
    name: 'only those who are named have a role',
    async run() {
      const problem = namespaceIdProblem(namespaceId, host);
      if (problem) return problem;
      if (!identity) return unset('IDENTITY_PRINCIPAL_ID', 'the principal id of the identity');
      if (requesters === undefined) return unset('DEPLOYED_REQUESTERS', 'the principal ids of requesters');
      if (readers === undefined) return unset('DEPLOYED_READERS', 'the readers');
      const queue = `/queues/${requestsQueue}`;
      const topic = `/topics/${resultsTopic}`;
      const named = new Set(
        [
          `${queue}=${identity}`,
          `${topic}=${identity}`,
          ...listOf(requesters).map((id) => `${queue}=${id}`),
          ...listOf(readers).map((reader) => `${topic}/subscriptions/${reader}`),
        ].map((grant) => `${namespaceId}${grant}`.toLowerCase()),
      );
      const unnamed: Assignment[] = [];
      for (const entity of [queue, topic]) {
        const assignments = await assignmentsOn(entity);
        if (!Array.isArray(assignments)) return assignments;
        unnamed.push(
          ...assignments.filter(
            ({ scope, principalId }) => !named.has(`${scope}=${principalId}`.toLowerCase()),
          ),
        );
      }
      const [first] = unnamed;
      if (first === undefined) return ok(`on ${requestsQueue} and ${resultsTopic}`);
      return wrong(
        unnamed
          .map(({ principalId, role, scope }) => `${principalId} has ${role} on ${scope.split('/').at(-1)}`)
          .join(', '),
        `Name them in REQUESTERS or READERS and run azd provision, or take the role away: az role assignment delete --assignee ${first.principalId} --role "${first.role}" --scope ${first.scope}`,
      );
    },
  };
}

function toAssignment(value: unknown): Assignment {
  const { scope, principalId, roleDefinitionId } = asObject(asObject(value).properties);
  const roleId = String(roleDefinitionId).split('/').at(-1) ?? '';
  return { scope: String(scope), principalId: String(principalId), role: roleNames[roleId] ?? roleId };
}

function isWithin(scope: string, outer: string): boolean {
  return `${scope}/`.toLowerCase().startsWith(`${outer}/`.toLowerCase());
}

function listOf(text: string): string[] {
  return text.split(',').filter((item) => item !== '');
}
