import local from '../local.settings.json' with { type: 'json' };
import { type IngestionStandIn, startIngestion } from './applicationInsights/ingestion.ts';
import type { CloudPcExternalPartner } from './graph/cloudPcExternalPartner.ts';
import { type GraphStandIn, startGraph } from './graph/graph.ts';
import { samplePartners } from './graph/samplePartners.ts';
import { createCertificates } from './http/certificates.ts';
import { type IdentityStandIn, startIdentity } from './identity/identity.ts';
import { type ServiceBus, startServiceBus } from './serviceBus/broker.ts';
import type { Clock } from './serviceBus/clock.ts';
import type { QueueOptions, SubscriptionOptions } from './serviceBus/entityOptions.ts';

const { REQUESTS_QUEUE, RESULTS_TOPIC, MAX_DELIVERY_COUNT } = local.Values;
const DAY_SECONDS = 86_400;
const SERVICE_BUS_HTTP_PORT = 8080;

/** Everything in Azure that the app talks to, on loopback. */
export type StandIns = {
  readonly serviceBus: ServiceBus;
  readonly graph: GraphStandIn;
  readonly identity: IdentityStandIn;
  readonly ingestion: IngestionStandIn;
  /** Settings for the app. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
};

/**
 * Starts the stand-ins.
 *
 * @param fixedPorts on the ports of local.settings.json, for others to find; free ports otherwise
 * @param directory where the certificate of the authority made for this run is written
 */
export async function startStandIns({
  fixedPorts = false,
  directory = '.local',
  partners = samplePartners,
  requestsQueue = {},
  resultsSubscriptions = [],
  keepJournal = true,
  clock,
}: {
  fixedPorts?: boolean;
  directory?: string;
  partners?: readonly CloudPcExternalPartner[];
  /** Changes to the request queue's settings. */
  requestsQueue?: Partial<QueueOptions>;
  /** Subscriptions to results beside `tickets` and `recent`. */
  resultsSubscriptions?: readonly SubscriptionOptions[];
  keepJournal?: boolean;
  /** What Service Bus goes by. Default: the machine's time. */
  clock?: Clock;
} = {}): Promise<StandIns> {
  const { caFile, ...tls } = await createCertificates({ directory });
  const portOf = (address: string) => (fixedPorts ? Number(/:(\d+)/.exec(address)?.[1]) : 0);
  const identity = await startIdentity({
    port: portOf(local.Values.IDENTITY_ENDPOINT),
    header: local.Values.IDENTITY_HEADER,
  });
  const graph = await startGraph({
    tls,
    partners,
    port: portOf(local.Values.GRAPH_BASE_URL),
    acceptToken: (token) => identity.accepts(token, graph.url),
  });
  const ingestion = await startIngestion({
    tls,
    port: portOf(local.Values.APPLICATIONINSIGHTS_CONNECTION_STRING),
  });
  const serviceBus = await startServiceBus({
    port: portOf(local.Values.ServiceBusConnection),
    httpPort: fixedPorts ? SERVICE_BUS_HTTP_PORT : 0,
    keepJournal,
    ...(clock && { clock }),
    queues: [
      {
        name: REQUESTS_QUEUE,
        requiresSession: true,
        maxDeliveryCount: Number(MAX_DELIVERY_COUNT),
        duplicateDetectionWindowSeconds: 600,
        deadLetteringOnMessageExpiration: true,
        ...requestsQueue,
      },
    ],
    topics: [
      {
        name: RESULTS_TOPIC,
        subscriptions: [
          {
            name: 'tickets',
            maxDeliveryCount: 10,
            defaultMessageTimeToLiveSeconds: 14 * DAY_SECONDS,
            deadLetteringOnMessageExpiration: true,
          },
          { name: 'recent', defaultMessageTimeToLiveSeconds: DAY_SECONDS },
          ...resultsSubscriptions,
        ],
      },
    ],
  });
  return {
    serviceBus,
    graph,
    identity,
    ingestion,
    environment: {
      ServiceBusConnection: serviceBus.connectionString,
      GRAPH_BASE_URL: graph.url,
      IDENTITY_ENDPOINT: identity.endpoint,
      IDENTITY_HEADER: identity.header,
      APPLICATIONINSIGHTS_CONNECTION_STRING: ingestion.connectionString,
      NODE_EXTRA_CA_CERTS: caFile,
    },
    async close() {
      await Promise.all([serviceBus.close(), graph.close(), identity.close(), ingestion.close()]);
    },
  };
}

/** Starts the stand-ins on the ports of local.settings.json, or ends the process and says why that cannot be. */
export async function startOnFixedPorts(): Promise<StandIns> {
  try {
    return await startStandIns({ fixedPorts: true });
  } catch (error) {
    console.error(`${(error as Error).message}\nIs another \`npm start\` or \`npm run local\` running?`);
    process.exit(1);
  }
}
