import { ServiceBusClient, ServiceBusError } from '@azure/service-bus';
import { describe, expect, it, onTestFinished } from 'vitest';
import { callerChecks } from '../../../cli/doctor/callerChecks.ts';
import { type Namespace, openNamespace } from '../../../cli/serviceBus/namespace.ts';
import { startServiceBus } from '../../../local/serviceBus/broker.ts';
import local from '../../../local.settings.json' with { type: 'json' };

const { REQUESTS_QUEUE, RESULTS_TOPIC } = local.Values;
const SEND = 'you may send requests';
const READ = 'you may read results';
const right = {
  queues: [{ name: REQUESTS_QUEUE, requiresSession: true }],
  topics: [{ name: RESULTS_TOPIC, subscriptions: [{ name: 'recent' }] }],
};

async function open(entities: Partial<typeof right> = right) {
  const serviceBus = await startServiceBus({ queues: [], topics: [], ...entities });
  const { connectionString } = serviceBus;
  const retryOptions = { maxRetries: 0 };
  const client = new ServiceBusClient(connectionString, { retryOptions });
  onTestFinished(async () => {
    await client.close();
    await serviceBus.close();
  });
  const target = { host: 'localhost', isLocal: true, connectionString };
  return { serviceBus, namespace: openNamespace(client, target) };
}

async function check(namespace: Namespace) {
  const findings = [];
  for (const { name, run } of callerChecks(namespace)) findings.push([name, await run()] as const);
  return Object.fromEntries(findings);
}

describe('the checks of what the caller may do', () => {
  it('find both, and send nothing', async () => {
    const { namespace, serviceBus } = await open();
    expect(await check(namespace)).toEqual({
      [SEND]: { status: 'ok', seen: `queue ${REQUESTS_QUEUE}` },
      [READ]: { status: 'ok', seen: `subscription recent of the topic ${RESULTS_TOPIC}` },
    });
    expect(serviceBus.journal).toEqual([]);
  });

  it('find that there is no queue or no subscription', async () => {
    const { namespace } = await open({
      topics: [{ name: RESULTS_TOPIC, subscriptions: [{ name: 'other' }] }],
    });
    expect(await check(namespace)).toEqual({
      [SEND]: {
        status: 'wrong',
        seen: `there is no queue ${REQUESTS_QUEUE}`,
        todo: 'Run azd provision --no-state, or set REQUESTS_QUEUE to its name.',
      },
      [READ]: {
        status: 'wrong',
        seen: `there is no subscription recent of the topic ${RESULTS_TOPIC}`,
        todo: 'Run azd provision --no-state, or set RESULTS_TOPIC to its name.',
      },
    });
  });

  // The local Service Bus lets everyone do everything.
  it('take a role that the caller lacks for no fault, and say which it is and how to get it', async () => {
    const { namespace } = await open();
    const refused = new ServiceBusError('Unauthorized access.', 'UnauthorizedAccess');
    const findings = await check({
      ...namespace,
      openSender: () => Promise.reject(refused),
      // biome-ignore lint/correctness/useYield: it fails before there is anything to yield
      async *peek() {
        throw refused;
      },
    });
    expect(findings[SEND]).toMatchObject({
      status: 'skipped',
      seen: `you may not use the queue ${REQUESTS_QUEUE}, which only requesters need`,
      todo: expect.stringMatching(/Azure Service Bus Data Sender .* REQUESTERS, and run azd provision/),
    });
    expect(findings[READ]).toMatchObject({
      status: 'skipped',
      todo: expect.stringMatching(/Azure Service Bus Data Receiver .* READERS, as recent=PRINCIPAL_ID/),
    });
  });

  it('say that Service Bus cannot be reached', async () => {
    const { namespace, serviceBus } = await open();
    await serviceBus.close();
    expect((await check(namespace))[SEND]).toMatchObject({
      status: 'wrong',
      seen: expect.stringContaining('Cannot reach localhost'),
    });
  });
});
