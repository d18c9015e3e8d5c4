import { asObject } from '../../shared/kit/json.ts';
import { openApi, RefusedError } from '../azure/callAzure.ts';
import type { AzureService } from '../azure/signIn.ts';
import { UnreachableError } from '../command/errors.ts';
import { standardSubscriptions } from '../serviceBus/namespace.ts';
import {
  type Check,
  type Finding,
  ok,
  skipped,
  unexpectedResponse,
  unreachable,
  unset,
  wrong,
} from './check.ts';

const VERSION = 'api-version=2024-01-01';

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
  const find = (path: string) => findEntity(api, namespaceId, host, path);
  let queue: Promise<Entity> | undefined;
  return [
    ...queueProperties.map(
      ({ name, property, canChange }): Check => ({
        name: `the requests queue ${name}`,
        async run() {
          queue ??= find(`/queues/${requestsQueue}`);
          const entity = await queue;
          if (entity === 'missing') return wrong(`there is no queue ${requestsQueue}`, 'Run azd provision.');
          if ('status' in entity) return entity;
          if (entity.properties[property] === true) return ok(`${property} is true`);
          return wrong(
            `${property} is ${entity.properties[property] ?? false}`,
            canChange
              ? 'Run azd provision, which sets it.'
              : 'This cannot be changed later: delete the queue once it is empty, and run azd provision.',
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
        return wrong(`${resultsTopic} lacks ${missing.join(' and ')}`, 'Run azd provision.');
      },
    },
  ];
}

async function findEntity(
  api: AzureService,
  namespaceId: string | undefined,
  host: string | undefined,
  path: string,
): Promise<Entity> {
  const variable = 'SERVICE_BUS_NAMESPACE_ID';
  const what = 'the resource id of the namespace';
  if (!namespaceId) return unset(variable, what);
  const name =
    /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/Microsoft\.ServiceBus\/namespaces\/([^/]+)$/i.exec(
      namespaceId,
    )?.[1];
  if (name === undefined) return skipped(`${variable} is ${namespaceId}`, `Set it to ${what}.`);
  if (host !== undefined && host.split('.')[0]?.toLowerCase() !== name.toLowerCase()) {
    return skipped(`${variable} is of another namespace, ${name}`, `Set it to ${what} ${host}.`);
  }
  try {
    const entity = await openApi(api, { budgetMs: 0 }).call(`${namespaceId}${path}?${VERSION}`);
    return { properties: asObject(asObject(entity).properties) };
  } catch (error) {
    if (error instanceof RefusedError) {
      const { status } = error;
      if (status === 404) return 'missing';
      if (status !== 403) return unexpectedResponse(api.name, status);
      return skipped(
        'you may not see how the namespace is set up',
        'Ask for the role Reader on the namespace.',
      );
    }
    if (error instanceof UnreachableError) return unreachable(error);
    throw error;
  }
}
