import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { messagingChecks } from '../../../cli/doctor/messagingChecks.ts';
import { always, type Fault } from '../../../local/http/fault.ts';
import {
  type ResourceManagerStandIn,
  startResourceManager,
} from '../../../local/resourceManager/resourceManager.ts';
import { trustedCertificate } from '../../helpers/trust.ts';
import { signedInService } from './signedInService.ts';

const namespaceId = '/subscriptions/1/resourceGroups/g/providers/Microsoft.ServiceBus/namespaces/contoso';
const queueId = `${namespaceId}/queues/requests`;
const subscriptionId = (name: string) => `${namespaceId}/topics/results/subscriptions/${name}`;
const rightQueue = {
  requiresSession: true,
  requiresDuplicateDetection: true,
  deadLetteringOnMessageExpiration: true,
};

let resourceManager: ResourceManagerStandIn;
beforeAll(async () => {
  resourceManager = await startResourceManager({
    tls: await trustedCertificate(),
    resources: {},
    acceptToken: (token) => token === 'good',
  });
});
afterAll(() => resourceManager?.close());
beforeEach(() => {
  resourceManager.fault = undefined;
  const { resources } = resourceManager;
  resources.clear();
  resources.set(queueId, rightQueue);
  for (const name of ['tickets', 'recent']) resources.set(subscriptionId(name), {});
});

type Options = Partial<Parameters<typeof messagingChecks>[0]>;

async function check(options: Options = {}) {
  const checks = messagingChecks({
    api: signedInService(resourceManager.url),
    namespaceId,
    host: 'contoso.servicebus.windows.net',
    requestsQueue: 'requests',
    resultsTopic: 'results',
    ...options,
  });
  const findings = [];
  for (const { name, run } of checks) findings.push([name, await run()] as const);
  return Object.fromEntries(findings);
}

const names = {
  requiresSession: 'the requests queue requires sessions',
  requiresDuplicateDetection: 'the requests queue detects duplicates',
  deadLetteringOnMessageExpiration: 'the requests queue dead-letters what expires',
} as const;
const topicName = 'the results topic has its subscriptions';

describe('the checks of queue and topic', () => {
  it('find everything right', async () => {
    expect(await check()).toEqual({
      [names.requiresSession]: { status: 'ok', seen: 'requiresSession is true' },
      [names.requiresDuplicateDetection]: { status: 'ok', seen: 'requiresDuplicateDetection is true' },
      [names.deadLetteringOnMessageExpiration]: {
        status: 'ok',
        seen: 'deadLetteringOnMessageExpiration is true',
      },
      [topicName]: { status: 'ok', seen: 'results has tickets and recent' },
    });
  });

  it.each([
    ['requiresSession', false, 'delete the queue once it is empty'],
    ['requiresDuplicateDetection', false, 'delete the queue once it is empty'],
    ['deadLetteringOnMessageExpiration', false, 'Run azd provision --no-state.'],
    // As Resource Manager shows a property that has never been set.
    ['deadLetteringOnMessageExpiration', undefined, 'Run azd provision --no-state.'],
  ] as const)('find that %s is %s', async (property, value, todo) => {
    resourceManager.resources.set(queueId, { ...rightQueue, [property]: value });
    const { [names[property]]: wrong, ...others } = await check();
    expect(wrong).toMatchObject({
      status: 'wrong',
      seen: `${property} is false`,
      todo: expect.stringContaining(todo),
    });
    for (const finding of Object.values(others)) expect(finding.status).toBe('ok');
  });

  it('find that there is no queue', async () => {
    resourceManager.resources.delete(queueId);
    const findings = await check();
    for (const name of Object.values(names)) {
      expect(findings[name]).toEqual({
        status: 'wrong',
        seen: 'there is no queue requests',
        todo: 'Run azd provision --no-state.',
      });
    }
    expect(findings[topicName]?.status).toBe('ok');
  });

  it.each([
    [['tickets'], 'results lacks tickets'],
    [['recent'], 'results lacks recent'],
    [['tickets', 'recent'], 'results lacks tickets and recent'],
  ])('find that the topic has no subscription %j', async (missing, seen) => {
    for (const name of missing) resourceManager.resources.delete(subscriptionId(name));
    expect((await check())[topicName]).toEqual({
      status: 'wrong',
      seen,
      todo: 'Run azd provision --no-state.',
    });
  });

  const status = (code: number): Fault => ({ kind: 'response', status: code });
  it.each([
    ['may not read', status(403), 'Ask for the role Reader on it.'],
    ['are throttled', status(429), 'Run npx epc doctor again later.'],
    [
      'are led elsewhere',
      { kind: 'response', status: 302, headers: { Location: 'https://localhost/' } },
      'npx epc doctor',
    ],
    ['get no response', { kind: 'resetBeforeApplying' }, 'Then run npx epc doctor again.'],
  ] as const)('say nothing of what they %s, and are not ok', async (_, fault, todo) => {
    resourceManager.fault = always(fault);
    for (const finding of Object.values(await check())) {
      expect(finding).toMatchObject({ status: 'skipped', todo: expect.stringContaining(todo) });
    }
  });

  it.each<[string, Options, string]>([
    ['without an id', { namespaceId: undefined }, 'SERVICE_BUS_NAMESPACE_ID is not set'],
    ['with another id', { namespaceId: '/subscriptions/1' }, 'SERVICE_BUS_NAMESPACE_ID is /subscriptions/1'],
    [
      'with the id of another namespace',
      { host: 'fabrikam.servicebus.windows.net' },
      'SERVICE_BUS_NAMESPACE_ID is of another namespace, contoso',
    ],
  ])('make no call %s', async (_, options, seen) => {
    const before = resourceManager.journal.length;
    for (const finding of Object.values(await check(options))) {
      expect(finding).toMatchObject({ status: 'skipped', seen });
    }
    expect(resourceManager.journal).toHaveLength(before);
  });

  it('are skipped without a sign-in', async () => {
    for (const finding of Object.values(await check({ api: signedInService(resourceManager.url, '') }))) {
      expect(finding).toMatchObject({ status: 'skipped', seen: 'Cannot reach the stand-in. Start it.' });
    }
  });
});
