import { InvocationContext } from '@azure/functions';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { IngestionStandIn } from '../../local/applicationInsights/ingestion.ts';
import {
  type HookCallback,
  provideFunctionsCore,
  type RegisteredFunction,
} from '../../local/functionsHost/functionsCore.ts';
import { type GraphStandIn, startGraph } from '../../local/graph/graph.ts';
import { serviceUnavailable } from '../../local/graph/graphFault.ts';
import { samplePartners } from '../../local/graph/samplePartners.ts';
import { always, inOrder } from '../../local/http/fault.ts';
import { type IdentityStandIn, startIdentity } from '../../local/identity/identity.ts';
import { aBody } from '../helpers/factories.ts';
import { startOwnIngestion } from '../helpers/ingestion.ts';
import { trustedCertificate } from '../helpers/trust.ts';

const [{ id }] = samplePartners;

let graph: GraphStandIn;
let identity: IdentityStandIn;
let ingestion: IngestionStandIn;
const functions: RegisteredFunction[] = [];
const terminateHooks: HookCallback[] = [];

beforeAll(async () => {
  const tls = await trustedCertificate();
  [graph, identity, ingestion] = await Promise.all([
    startGraph({ tls }),
    startIdentity(),
    startOwnIngestion({ tls }),
  ]);
  const environment = {
    ServiceBusConnection__fullyQualifiedNamespace: 'contoso.servicebus.windows.net',
    REQUESTS_QUEUE: 'requests',
    RESULTS_TOPIC: 'results',
    RETRY_BUDGET_SECONDS: '1',
    GRAPH_BASE_URL: graph.url,
    IDENTITY_ENDPOINT: identity.endpoint,
    IDENTITY_HEADER: identity.header,
    APPLICATIONINSIGHTS_CONNECTION_STRING: ingestion.connectionString,
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  provideFunctionsCore({
    registerFunction: (registered) => {
      functions.push(registered);
      return () => {};
    },
    registerHook: (name, callback) => {
      if (name === 'appTerminate') terminateHooks.push(callback);
      return () => {};
    },
    setProgrammingModel: () => {},
    getProgrammingModel: () => undefined,
    log: () => {},
  });
  await import('../../functions/setExternalPartnerConnection.ts');
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await Promise.all([graph.close(), identity.close(), ingestion.close()]);
});
beforeEach(() => {
  graph.fault = undefined;
  ingestion.fault = undefined;
});

/** Calls the handler as the Functions worker does. */
async function invoke(
  body: Buffer,
  triggerMetadata: Record<string, unknown> = {},
  log: (line: unknown) => void = () => {},
): Promise<unknown> {
  const context = new InvocationContext({
    triggerMetadata: { messageId: 'm-1', sessionId: id, deliveryCount: 1, ...triggerMetadata },
    logHandler: (_, line) => log(line),
  });
  return functions[0]?.callback(body, context);
}

afterEach(() => {
  vi.useRealTimers();
});

describe('the function', () => {
  it('has a session queue trigger that keeps the body as bytes, and sends results to the topic', () => {
    expect(functions.map(({ name }) => name)).toEqual(['setExternalPartnerConnection']);
    const bindings = Object.values(functions[0]?.bindings ?? {});
    expect(bindings).toHaveLength(2);
    expect(bindings).toContainEqual(
      expect.objectContaining({
        type: 'serviceBusTrigger',
        direction: 'in',
        connection: 'ServiceBusConnection',
        queueName: '%REQUESTS_QUEUE%',
        isSessionsEnabled: true,
        dataType: 'binary',
      }),
    );
    expect(functions[0]?.bindings.$return).toMatchObject({
      type: 'serviceBus',
      direction: 'out',
      connection: 'ServiceBusConnection',
      topicName: '%RESULTS_TOPIC%',
    });
  });

  it('returns the result of a request', async () => {
    expect(await invoke(aBody({ externalPartnerId: id, enableConnection: false }))).toMatchObject({
      outcome: 'applied',
      messageId: 'm-1',
      partner: { id, enableConnection: false },
    });
  });

  it('returns the result of what is not a request, without calling Graph', async () => {
    const calls = graph.journal.length;
    expect(await invoke(Buffer.from('nonsense'))).toMatchObject({
      outcome: 'rejected',
      messageId: 'm-1',
      request: 'nonsense',
      error: { code: 'invalidRequest' },
    });
    expect(graph.journal).toHaveLength(calls);
  });

  it('throws while deliveries are left, so that the message is delivered again', async () => {
    graph.fault = always(serviceUnavailable('60'));
    const delivery = invoke(aBody({ externalPartnerId: id }), { messageId: 'm-2', deliveryCount: 2 });
    await expect(delivery).rejects.toThrow(
      /^Not applied in delivery 2 \(attempts: 1\); to be delivered again\. Graph responded with 503/,
    );
  });
});

it('a record that ingestion was too slow for is sent before the app ends', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  ingestion.fault = inOrder({ kind: 'delay', delayMs: 3_000 });
  const posted = Promise.withResolvers<unknown>();
  const endListening = ingestion.onEntry(posted.resolve);
  const first = invoke(Buffer.from('nonsense'), { messageId: 'first' });
  await posted.promise;
  endListening();
  const logged = Promise.withResolvers<unknown>();
  const second = invoke(Buffer.from('nonsense'), { messageId: 'second' }, logged.resolve);
  await logged.promise;
  vi.advanceTimersByTime(2_000);
  await Promise.all([first, second]);
  const sent = () => ingestion.events().map(({ properties }) => properties.messageId);
  expect(sent()).not.toContain('second');

  expect(terminateHooks).toHaveLength(1);
  const terminated = terminateHooks[0]?.({});
  vi.advanceTimersByTime(1_000);
  await terminated;
  expect(sent()).toContain('second');
});
