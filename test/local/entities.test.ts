import { describe, expect, it } from 'vitest';
import { requestsQueue, resultsTopic, WINDOWS_CONTAINER } from '../../local/entities.ts';
import { serviceBusResources } from '../../local/resourceManager/serviceBusResources.ts';
import { resourcesOf, snapshots } from '../infra/snapshot.ts';

const namespaces = 'Microsoft.ServiceBus/namespaces';

/** What Azure takes for a setting that a template leaves out ("Microsoft.ServiceBus namespaces/queues"). */
const azureDefaults = {
  requiresSession: false,
  requiresDuplicateDetection: false,
  lockDuration: 60,
  maxDeliveryCount: 10,
  deadLetteringOnMessageExpiration: false,
};

/** The settings of each entity, by its name within the namespace; durations in seconds. */
function settingsByName(resources: readonly { name: string; properties: object }[]) {
  return Object.fromEntries(
    resources.map(({ name, properties }) => {
      const settings = Object.entries(properties).map(([key, value]) => [key, secondsOf(value) ?? value]);
      return [name, { ...azureDefaults, ...Object.fromEntries(settings) }];
    }),
  );
}

/** Of a duration in ISO 8601; undefined of anything else. */
function secondsOf(value: unknown): number | undefined {
  const [, days = 0, minutes = 0, seconds = 0] =
    /^P(?:(\d+)D)?(?:T(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(String(value)) ?? [];
  const total = (Number(days) * 24 * 60 + Number(minutes)) * 60 + Number(seconds);
  return total === 0 ? undefined : total;
}

const deployed = ['queues', 'topics', 'topics/subscriptions'].flatMap((kind) =>
  resourcesOf(snapshots.defaults, `${namespaces}/${kind}`).map(({ name, properties = {} }) => ({
    name: name.split('/').slice(1).join('/'),
    properties,
  })),
);

describe('the local queue, topic and subscriptions', () => {
  it('are those that infra/ deploys, with the same settings', () => {
    const shown = serviceBusResources('', { queues: [requestsQueue], topics: [resultsTopic] });
    const local = Object.entries(shown)
      .filter(([id]) => id !== '')
      .map(([id, { status, ...properties }]) => ({
        name: id.replace(/^\/(queues|topics)\//, '').replace('/subscriptions/', '/'),
        properties,
      }));

    expect(settingsByName(local)).toEqual(settingsByName(deployed));
    expect(local).toHaveLength(4);
  });
});

it('the local container for windows is the one that infra/ deploys', () => {
  const containers = resourcesOf(
    snapshots.defaults,
    'Microsoft.Storage/storageAccounts/blobServices/containers',
  ).map(({ name }) => name.split('/').at(-1));
  expect(containers).toContain(WINDOWS_CONTAINER);
});
