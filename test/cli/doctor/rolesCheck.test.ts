import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { rolesCheck } from '../../../cli/doctor/rolesCheck.ts';
import { always } from '../../../local/http/fault.ts';
import { roleAssignment } from '../../../local/resourceManager/appResources.ts';
import {
  type ResourceManagerStandIn,
  startResourceManager,
} from '../../../local/resourceManager/resourceManager.ts';
import { trustedCertificate } from '../../helpers/trust.ts';
import { signedInService } from './signedInService.ts';

const namespaceId = '/subscriptions/1/resourceGroups/g/providers/Microsoft.ServiceBus/namespaces/contoso';
const queueId = `${namespaceId}/queues/requests`;
const topicId = `${namespaceId}/topics/results`;
const subscriptionId = `${topicId}/subscriptions/tickets`;
const [owner, sender, receiver] = [
  '090c5cfd-751d-490a-894a-3ce6f1107419',
  '69a216fc-b8fb-44d8-bc22-1f3c2cd27a39',
  '4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0',
];

let resourceManager: ResourceManagerStandIn;
beforeAll(async () => {
  resourceManager = await startResourceManager({ tls: await trustedCertificate(), resources: {} });
});
afterAll(() => resourceManager?.close());
beforeEach(() => {
  resourceManager.fault = undefined;
  resourceManager.resources.clear();
  give(queueId, 'app', owner);
  give(topicId, 'app', sender);
  give(queueId, 'Jane', sender);
  give(subscriptionId, 'ticketing', receiver);
  // Roles that the installation neither gave nor takes away.
  give(namespaceId, 'central-team', owner);
  give(`${namespaceId}/queues/other`, 'stranger', sender);
});

function give(scope: string, principalId: string, role = '') {
  for (const [id, properties] of Object.entries(roleAssignment(scope, principalId, role))) {
    resourceManager.resources.set(id, properties);
  }
}

function check(options: Partial<Parameters<typeof rolesCheck>[0]> = {}) {
  return rolesCheck({
    api: signedInService(resourceManager.url),
    namespaceId,
    host: undefined,
    requestsQueue: 'requests',
    resultsTopic: 'results',
    identity: 'app',
    requesters: 'jane',
    readers: 'tickets=ticketing,recent=jane',
    ...options,
  }).run();
}

describe('the check of roles', () => {
  it('finds those who are named, and looks at nothing but the queue and the topic', async () => {
    expect(await check()).toEqual({ status: 'ok', seen: 'on requests and results' });
  });

  it('finds a requester whose name was taken out, and says how to take the role away', async () => {
    expect(await check({ requesters: '' })).toEqual({
      status: 'wrong',
      seen: 'Jane has Azure Service Bus Data Sender on requests',
      todo: `Name them in REQUESTERS or READERS and run azd provision, or take the role away: az role assignment delete --assignee Jane --role "Azure Service Bus Data Sender" --scope ${queueId}`,
    });
  });

  it.each([
    [
      'reads another subscription',
      'recent=ticketing',
      'ticketing has Azure Service Bus Data Receiver on tickets',
    ],
    ['reads nothing', '', 'ticketing has Azure Service Bus Data Receiver on tickets'],
  ])('finds a reader who, by the parameters, %s', async (_, readers, seen) => {
    expect(await check({ readers })).toMatchObject({ status: 'wrong', seen });
  });

  it('finds someone who may send results, named as a requester or not', async () => {
    give(topicId, 'jane', sender);
    expect(await check()).toMatchObject({
      status: 'wrong',
      seen: 'jane has Azure Service Bus Data Sender on results',
    });
  });

  it('says nothing of what it may not see, or without knowing who was named', async () => {
    expect(await check({ requesters: undefined })).toMatchObject({
      status: 'skipped',
      seen: 'DEPLOYED_REQUESTERS is not set',
    });
    resourceManager.fault = always({ kind: 'response', status: 403 });
    expect(await check()).toMatchObject({ status: 'skipped', seen: 'you may not see who has which role' });
  });
});
