import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorker, type Worker } from '../../local/functionsHost/worker.ts';
import local from '../../local.settings.json' with { type: 'json' };

describe('the app, as the Functions worker sees it', () => {
  let worker: Worker;
  beforeAll(async () => {
    Object.assign(process.env, local.Values, { APPLICATIONINSIGHTS_CONNECTION_STRING: '' });
    worker = await startWorker({ appRoot: process.cwd(), log: () => {} });
  });
  afterAll(() => worker.terminate());

  it('registers one function with a session queue trigger that keeps the body as bytes, and sends results to the topic', () => {
    expect(worker.functions).toHaveLength(1);
    const bindings = Object.values(worker.functions[0]?.bindings ?? {});
    expect(bindings).toContainEqual(
      expect.objectContaining({
        type: 'serviceBusTrigger',
        connection: 'ServiceBusConnection',
        queueName: '%REQUESTS_QUEUE%',
        isSessionsEnabled: true,
        dataType: 'binary',
      }),
    );
    expect(bindings).toContainEqual(
      expect.objectContaining({
        type: 'serviceBus',
        connection: 'ServiceBusConnection',
        topicName: '%RESULTS_TOPIC%',
      }),
    );
  });

  it('answers a request that is none, without calling anybody', async () => {
    const { returnValue } = await worker.invoke('setExternalPartnerConnection', {
      body: Buffer.from('nonsense'),
      metadata: { MessageId: 'm-1', SessionId: 's', DeliveryCount: 1 },
    });
    expect(JSON.parse(returnValue?.json ?? returnValue?.string ?? '')).toMatchObject({
      outcome: 'rejected',
      messageId: 'm-1',
      request: 'nonsense',
      error: { code: 'invalidRequest' },
    });
  });
});
