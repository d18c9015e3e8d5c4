import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Certificates, createCertificates } from '../../../local/http/certificates.ts';
import { startResourceManager } from '../../../local/resourceManager/resourceManager.ts';
import { serviceBusResources } from '../../../local/resourceManager/serviceBusResources.ts';
import { call } from '../http/httpClient.ts';

const namespaceId = '/subscriptions/1/resourceGroups/g/providers/Microsoft.ServiceBus/namespaces/n';
let tls: Certificates;

beforeAll(async () => {
  tls = await createCertificates();
});

async function start() {
  const resources = serviceBusResources(namespaceId, {
    queues: [{ name: 'q', requiresSession: true, duplicateDetectionWindowSeconds: 600 }],
    topics: [{ name: 't', subscriptions: [{ name: 's', deadLetteringOnMessageExpiration: true }] }],
  });
  const resourceManager = await startResourceManager({
    tls,
    resources,
    acceptToken: (token) => token === 'good',
  });
  onTestFinished(() => resourceManager.close());
  return async (path: string, token = 'good', method = 'GET') => {
    const { status, text } = await call(resourceManager.url + path, {
      method,
      ca: tls.ca,
      headers: { Authorization: `Bearer ${token}` },
    });
    return { status, ...JSON.parse(text) };
  };
}

describe('the local Azure Resource Manager', () => {
  it('shows a queue by its id, whatever the case', async () => {
    const get = await start();
    const queue = {
      status: 200,
      id: `${namespaceId}/queues/q`,
      name: 'q',
      type: 'Microsoft.ServiceBus/namespaces/queues',
      properties: {
        requiresSession: true,
        requiresDuplicateDetection: true,
        duplicateDetectionHistoryTimeWindow: 'PT600S',
        deadLetteringOnMessageExpiration: false,
        maxDeliveryCount: 10,
        lockDuration: 'PT60S',
        status: 'Active',
      },
    };
    expect(await get(`${namespaceId}/queues/q?api-version=2024-01-01`)).toEqual(queue);
    expect(await get(`${namespaceId.toUpperCase()}/queues/Q?api-version=2024-01-01`)).toEqual(queue);
  });

  it('shows a subscription of a topic', async () => {
    const get = await start();
    expect(await get(`${namespaceId}/topics/t/subscriptions/s?api-version=2024-01-01`)).toMatchObject({
      type: 'Microsoft.ServiceBus/namespaces/topics/subscriptions',
      properties: { deadLetteringOnMessageExpiration: true },
    });
  });

  it.each([
    ['a resource that is not there', '/queues/none?api-version=1', 'good', 'GET', 404, 'ResourceNotFound'],
    ['a call without a version', '/queues/q', 'good', 'GET', 400, 'MissingApiVersionParameter'],
    ['a call without a good token', '/queues/q?api-version=1', 'bad', 'GET', 401, 'AuthenticationFailed'],
    ['a change', '/queues/q?api-version=1', 'good', 'DELETE', 405, 'MethodNotAllowed'],
  ])('refuses %s', async (_, path, token, method, status, code) => {
    const get = await start();
    expect(await get(namespaceId + path, token, method)).toMatchObject({ status, error: { code } });
  });
});
