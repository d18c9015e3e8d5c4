import { asObject } from '../../shared/kit/json.ts';
import type { AzureService } from '../azure/signIn.ts';
import { standardSubscriptions } from '../serviceBus/namespace.ts';
import { type Check, type Finding, ok, wrong } from './check.ts';
import { namespaceIdProblem } from './namespaceId.ts';
import { readResource } from './readResource.ts';

const VERSION = 'api-version=2024-01-01';

/** azd skips what it takes for unchanged, unless it is told not to. */
const REPAIR = 'Run azd provision --no-state.';

/** What Resource Manager says of a queue or a subscription, or why that is not known. */
type Entity = { readonly properties: Readonly<Record<string, unknown>> } | 'missing' | Finding;

/** The properties of the queue that the app relies on; none can be changed once the queue is there, the last excepted. */
const queueProperties = [
  { name: 'requires sessions', property: 'requiresSession', canChange: false },
  { name: 'detects duplicates', property: 'requiresDuplicateDetection', canChange: false },
  { name: 'dead-letters what expires', property: 'deadLetteringOnMessageExpiration', canChange: true },
] as const;

/**
 * How the requests queue and the results topic are set up.
 *
 * @param host of the namespace; undefined for the local one
 */
export function messagingChecks({
  api,
  namespaceId,
  host,
  requestsQueue,
  resultsTopic,
}: {
  api: AzureService;
  namespaceId: string | undefined;
  host: string | undefined;
  requestsQueue: string;
  resultsTopic: string;
}): Check[] {
  async function find(path: string): Promise<Entity> {
    const problem = namespaceIdProblem(namespaceId, host);
    if (problem) return problem;
    const resource = await readResource(
      api,
      `${namespaceId}${path}?${VERSION}`,
      'how the namespace is set up',
    );
    return resource === 'missing' || 'status' in resource
      ? resource
      : { properties: asObject(resource.json.properties) };
  }
  let queue: Promise<Entity> | undefined;
  return [
    ...queueProperties.map(
      ({ name, property, canChange }): Check => ({
        name: `the requests queue ${name}`,
        async run() {
          queue ??= find(`/queues/${requestsQueue}`);
          const entity = await queue;
          if (entity === 'missing') return wrong(`there is no queue ${requestsQueue}`, REPAIR);
          if ('status' in entity) return entity;
          if (entity.properties[property] === true) return ok(`${property} is true`);
          return wrong(
            `${property} is ${entity.properties[property] ?? false}`,
            canChange
              ? REPAIR
              : 'This cannot be changed later: delete the queue once it is empty, and run azd provision --no-state.',
          );
        },
      }),
    ),
    {
      name: `the results topic has its subscriptions`,
      async run() {
        const missing: string[] = [];
        for (const subscription of standardSubscriptions) {
          const entity = await find(`/topics/${resultsTopic}/subscriptions/${subscription}`);
          if (entity === 'missing') missing.push(subscription);
          else if ('status' in entity) return entity;
        }
        if (missing.length === 0) return ok(`${resultsTopic} has ${standardSubscriptions.join(' and ')}`);
        return wrong(`${resultsTopic} lacks ${missing.join(' and ')}`, REPAIR);
      },
    },
  ];
}
