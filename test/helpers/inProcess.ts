import { randomUUID } from 'node:crypto';
import { vi } from 'vitest';
import { startBlobStorage } from '../../local/blobStorage/blobStorage.ts';
import { type GraphStandIn, startGraph } from '../../local/graph/graph.ts';
import { samplePartners } from '../../local/graph/samplePartners.ts';
import { startIdentity } from '../../local/identity/identity.ts';
import { startServiceBus } from '../../local/serviceBus/broker.ts';
import { createApp, type Edges } from '../../shared/app.ts';
import type { DeliveryReport } from '../../shared/apply/deliveryReport.ts';
import { managedIdentity } from '../../shared/graph/managedIdentity.ts';
import { readSettings } from '../../shared/settings/settings.ts';
import type { Window } from '../../shared/windows/windowStore.ts';
import { aBody } from './factories.ts';
import { trustedCertificate } from './trust.ts';

export const REQUESTS = 'requests';
export const CONTAINER = 'windows';

/** An end as it waits in the requests queue. */
export type WaitingEnd = {
  readonly body: { readonly endOf: string } & Readonly<Record<string, unknown>>;
  readonly messageId: string;
  readonly sessionId: string;
  readonly correlationId: string | undefined;
  readonly at: Date;
};

export type InProcess = Awaited<ReturnType<typeof startInProcess>>;

/**
 * The app in this process, on the stand-ins for Graph, the identity, storage and Service Bus. Nobody takes messages
 * from the queue: the test delivers them. It may fake `Date`: then the time of the test is that of all of them.
 */
export async function startInProcess() {
  const tls = await trustedCertificate();
  const identity = await startIdentity();
  const graph: GraphStandIn = await startGraph({
    tls,
    acceptToken: (token) => identity.accepts(token, graph.url),
  });
  const blobStorage = await startBlobStorage({
    tls,
    containers: [CONTAINER],
    acceptToken: (token) => identity.accepts(token, 'https://storage.azure.com'),
  });
  const serviceBus = await startServiceBus({
    queues: [{ name: REQUESTS, requiresSession: true, duplicateDetectionWindowSeconds: 600 }],
    // An end waits until the test delivers it.
    clock: { now: () => 0, setTimer: () => () => {} },
  });
  vi.stubEnv('IDENTITY_ENDPOINT', identity.endpoint);
  vi.stubEnv('IDENTITY_HEADER', identity.header);

  /** An app that remembers nothing, on the same stand-ins. */
  function start(settings: Readonly<Record<string, string>> = {}, changes: Partial<Edges> = {}) {
    const app = createApp(
      readSettings({
        ServiceBusConnection__fullyQualifiedNamespace: 'contoso.servicebus.windows.net',
        SERVICE_BUS_HTTP_URL: serviceBus.httpUrl,
        REQUESTS_QUEUE: REQUESTS,
        RESULTS_TOPIC: 'results',
        GRAPH_BASE_URL: graph.url,
        AzureWebJobsStorage__blobServiceUri: blobStorage.url,
        RETRY_BUDGET_SECONDS: '1',
        MAX_DELIVERY_COUNT: '3',
        ...settings,
      }),
      {
        identity: managedIdentity,
        loadTelemetry: async () => ({ send() {}, async flush() {} }),
        warn() {},
        ...changes,
      },
    );
    const deliver = async (
      partner: string,
      properties: Record<string, unknown>,
      metadata: Record<string, unknown> = {},
    ): Promise<DeliveryReport & { readonly lines: readonly string[] }> => {
      const lines: string[] = [];
      const report = await app.handle(aBody({ externalPartnerId: partner, ...properties }), {
        log: (line: string) => void lines.push(line),
        warn: (line: string) => void lines.push(line),
        triggerMetadata: { messageId: randomUUID(), sessionId: partner, deliveryCount: 1, ...metadata },
      });
      return { ...report, lines };
    };
    return {
      deliver,
      /** @param metadata changes to what comes with the end */
      deliverEnd: ({ body, messageId, sessionId, correlationId, at }: WaitingEnd, metadata = {}) =>
        deliver(sessionId, body, {
          messageId,
          correlationId,
          enqueuedTimeUtc: at.toISOString(),
          ...metadata,
        }),
    };
  }

  const put = (id: string, enableConnection: boolean) =>
    void graph.partners.set(id, { ...samplePartners[0], id, enableConnection });

  return {
    graph,
    identity,
    blobStorage,
    serviceBus,
    start,

    /** A partner of its own for a test. */
    aPartner(enableConnection = false): string {
      const id = randomUUID();
      put(id, enableConnection);
      return id;
    },
    /** What somebody does without the app. */
    enable: (partner: string) => put(partner, true),
    isEnabled: (partner: string) => graph.partners.get(partner)?.enableConnection,

    /** What is stored of a partner's windows; undefined if nothing is. */
    stored(partner: string): readonly Window[] | undefined {
      const blob = blobStorage.containers.get(CONTAINER)?.get(`${partner}.json`);
      return blob && JSON.parse(blob.content.toString()).windows;
    },

    /** The ends that have been put on the queue for a partner, in order. */
    ends: (partner: string): WaitingEnd[] =>
      serviceBus
        .queue(REQUESTS)
        .messages()
        .filter(({ sessionId }) => sessionId === partner)
        .map(({ body, messageId = '', correlationId, scheduledEnqueueTime = new Date(Number.NaN) }) => ({
          body: JSON.parse(String(body)),
          messageId,
          sessionId: partner,
          correlationId,
          at: scheduledEnqueueTime,
        })),

    repair() {
      graph.fault = undefined;
      identity.fault = undefined;
      blobStorage.fault = undefined;
      serviceBus.httpFault = undefined;
    },

    async close() {
      vi.unstubAllEnvs();
      await Promise.all([graph, identity, blobStorage, serviceBus].map((standIn) => standIn.close()));
    },
  };
}
