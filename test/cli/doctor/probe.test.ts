import { ServiceBusClient, ServiceBusError } from '@azure/service-bus';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openApi } from '../../../cli/azure/callAzure.ts';
import { probe } from '../../../cli/doctor/probe.ts';
import { type Namespace, openNamespace } from '../../../cli/serviceBus/namespace.ts';
import { type GraphStandIn, startGraph } from '../../../local/graph/graph.ts';
import { forbidden } from '../../../local/graph/graphFault.ts';
import { samplePartners } from '../../../local/graph/samplePartners.ts';
import { always } from '../../../local/http/fault.ts';
import { type ServiceBus, startServiceBus } from '../../../local/serviceBus/broker.ts';
import local from '../../../local.settings.json' with { type: 'json' };
import { trustedCertificate } from '../../helpers/trust.ts';
import { signedInService } from './signedInService.ts';

const { REQUESTS_QUEUE, RESULTS_TOPIC } = local.Values;
const [partner] = samplePartners;

let graph: GraphStandIn;
let serviceBus: ServiceBus;
let client: ServiceBusClient;
let namespace: Namespace;
beforeAll(async () => {
  graph = await startGraph({ tls: await trustedCertificate() });
  serviceBus = await startServiceBus({
    queues: [{ name: REQUESTS_QUEUE, requiresSession: true }],
    topics: [{ name: RESULTS_TOPIC, subscriptions: [{ name: 'recent' }] }],
  });
  const { connectionString } = serviceBus;
  client = new ServiceBusClient(connectionString);
  namespace = openNamespace(client, { host: 'localhost', isLocal: true, connectionString });
});
afterAll(async () => {
  await client?.close();
  await Promise.all([graph?.close(), serviceBus?.close()]);
});
beforeEach(() => {
  graph.fault = undefined;
});

function run(id = partner.id, changes: Partial<Namespace> = {}) {
  const shown = openApi(signedInService(graph.url));
  return probe({ ...namespace, ...changes }, shown, id, 1_000).run();
}
const sent = () => serviceBus.journal.filter(({ type }) => type === 'enqueued');

describe('the probe', () => {
  it('finds that no result comes if no app runs, and leaves a request that expires', async () => {
    expect(await run()).toMatchObject({
      status: 'wrong',
      seen: 'no result within 1 s',
      todo: expect.stringContaining('Does the app run'),
    });
    const [request] = sent();
    expect(JSON.parse(String(request?.body))).toMatchObject({
      externalPartnerId: partner.id,
      enableConnection: partner.enableConnection,
      validUntil: expect.any(String),
    });
  });

  it.each([
    ['Graph does not show the partner', always(forbidden()), partner.id, 'responded with 403'],
    ['there is no such partner', undefined, '00000000-0000-4000-8000-000000000000', 'Graph has no partner'],
  ])('sends nothing if %s', async (_, fault, id, seen) => {
    const before = sent().length;
    graph.fault = fault;
    expect(await run(id)).toMatchObject({ status: 'skipped', seen: expect.stringContaining(seen) });
    expect(sent()).toHaveLength(before);
  });

  it('is skipped if the caller may not send', async () => {
    const send = () => Promise.reject(new ServiceBusError('Unauthorized access.', 'UnauthorizedAccess'));
    expect(await run(partner.id, { send })).toMatchObject({
      status: 'skipped',
      seen: 'it takes the right to send requests and to read results',
    });
  });
});
