import { type IngestionStandIn, startIngestion } from './applicationInsights/ingestion.ts';
import { type BlobStorageStandIn, startBlobStorage } from './blobStorage/blobStorage.ts';
import { requestsQueue, resultsTopic, WINDOWS_CONTAINER } from './entities.ts';
import type { CloudPcExternalPartner } from './graph/cloudPcExternalPartner.ts';
import { type GraphStandIn, startGraph } from './graph/graph.ts';
import { samplePartners } from './graph/samplePartners.ts';
import { keepCertificates, readCertificates } from './http/keptCertificates.ts';
import { type IdentityStandIn, startIdentity } from './identity/identity.ts';
import { localValue } from './localSettings.ts';
import { LocalStartError } from './localStartError.ts';
import { type LogAnalyticsStandIn, startLogAnalytics } from './logAnalytics/logAnalytics.ts';
import { appResources, roleAssignment } from './resourceManager/appResources.ts';
import { type ResourceManagerStandIn, startResourceManager } from './resourceManager/resourceManager.ts';
import { serviceBusResources } from './resourceManager/serviceBusResources.ts';
import { type ServiceBus, startServiceBus } from './serviceBus/broker.ts';
import type { QueueOptions, SubscriptionOptions, TopicOptions } from './serviceBus/entities/entityOptions.ts';
import type { Clock } from './serviceBus/time/clock.ts';

const REQUESTS_QUEUE = localValue('REQUESTS_QUEUE');
const RESULTS_TOPIC = localValue('RESULTS_TOPIC');
const SERVICE_BUS_NAMESPACE_ID = localValue('SERVICE_BUS_NAMESPACE_ID');
const LOG_ANALYTICS_WORKSPACE_ID = localValue('LOG_ANALYTICS_WORKSPACE_ID');
const FUNCTION_APP_ID = localValue('FUNCTION_APP_ID');
const IDENTITY_PRINCIPAL_ID = localValue('IDENTITY_PRINCIPAL_ID');

/** The settings of local.settings.json that say where a stand-in listens. */
const addressSettings = [
  'ServiceBusConnection',
  'SERVICE_BUS_HTTP_URL',
  'GRAPH_BASE_URL',
  'IDENTITY_ENDPOINT',
  'APPLICATIONINSIGHTS_CONNECTION_STRING',
  'RESOURCE_MANAGER_URL',
  'LOG_ANALYTICS_URL',
  'AzureWebJobsStorage__blobServiceUri',
] as const;

/** Everything in Azure that the app and the commands talk to, on loopback. */
export type StandIns = {
  readonly serviceBus: ServiceBus;
  readonly graph: GraphStandIn;
  readonly identity: IdentityStandIn;
  readonly ingestion: IngestionStandIn;
  readonly blobStorage: BlobStorageStandIn;
  readonly resourceManager: ResourceManagerStandIn;
  readonly logAnalytics: LogAnalyticsStandIn;
  /** Settings for the app, and variables for the commands. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
};

/**
 * Starts the stand-ins.
 *
 * @param fixedPorts on the ports of local.settings.json, for others to find; free ports otherwise
 * @param directory where their certificate is kept from one start to the next. Written once all of them listen: a start
 *   that fails leaves the files of another run as they are
 * @throws LocalStartError if a port is in use, or the certificate cannot be written; nothing keeps running then
 */
export async function startStandIns({
  fixedPorts = false,
  directory = '.local',
  partners = samplePartners,
  requestsQueue: queueChanges = {},
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
  /** The time that Service Bus goes by; default: the machine's. */
  clock?: Clock;
} = {}): Promise<StandIns> {
  const started: { close(): Promise<void> }[] = [];
  const keep = <StandIn extends { close(): Promise<void> }>(standIn: StandIn): StandIn => {
    started.push(standIn);
    return standIn;
  };
  const close = async () => {
    await Promise.all(started.map((standIn) => standIn.close()));
  };
  const portOf = (name: (typeof addressSettings)[number]) => (fixedPorts ? portIn(localValue(name)) : 0);

  try {
    const tls = await readCertificates(directory);
    const identity = keep(
      await startIdentity({ port: portOf('IDENTITY_ENDPOINT'), header: localValue('IDENTITY_HEADER') }),
    );
    const graph: GraphStandIn = keep(
      await startGraph({
        tls,
        partners,
        port: portOf('GRAPH_BASE_URL'),
        acceptToken: (token) => identity.accepts(token, graph.url),
      }),
    );
    const ingestion = keep(
      await startIngestion({ tls, port: portOf('APPLICATIONINSIGHTS_CONNECTION_STRING') }),
    );
    const blobStorage = keep(
      await startBlobStorage({
        tls,
        port: portOf('AzureWebJobsStorage__blobServiceUri'),
        containers: [WINDOWS_CONTAINER],
        acceptToken: (token) => identity.accepts(token, 'https://storage.azure.com'),
      }),
    );
    const queues: QueueOptions[] = [{ ...requestsQueue, ...queueChanges }];
    const topics: TopicOptions[] = [
      { ...resultsTopic, subscriptions: [...resultsTopic.subscriptions, ...resultsSubscriptions] },
    ];
    const serviceBus = keep(
      await startServiceBus({
        tls,
        port: portOf('ServiceBusConnection'),
        httpPort: portOf('SERVICE_BUS_HTTP_URL'),
        keepJournal,
        ...(clock && { clock }),
        queues,
        topics,
      }),
    );
    const resourceManager: ResourceManagerStandIn = keep(
      await startResourceManager({
        tls,
        port: portOf('RESOURCE_MANAGER_URL'),
        resources: {
          ...serviceBusResources(SERVICE_BUS_NAMESPACE_ID, { queues, topics }),
          ...appResources(FUNCTION_APP_ID),
          ...roleAssignment(
            `${SERVICE_BUS_NAMESPACE_ID}/queues/${REQUESTS_QUEUE}`,
            IDENTITY_PRINCIPAL_ID,
            '090c5cfd-751d-490a-894a-3ce6f1107419',
          ),
          ...roleAssignment(
            `${SERVICE_BUS_NAMESPACE_ID}/topics/${RESULTS_TOPIC}`,
            IDENTITY_PRINCIPAL_ID,
            '69a216fc-b8fb-44d8-bc22-1f3c2cd27a39',
          ),
        },
        acceptToken: (token) => identity.accepts(token, resourceManager.url),
      }),
    );
    const logAnalytics: LogAnalyticsStandIn = keep(
      await startLogAnalytics({
        tls,
        port: portOf('LOG_ANALYTICS_URL'),
        workspaceId: LOG_ANALYTICS_WORKSPACE_ID,
        events: () => ingestion.events().map((event) => ({ ...event, time: event.envelope.time })),
        acceptToken: (token) => identity.accepts(token, logAnalytics.url),
      }),
    );
    const caFile = await keepCertificates(tls, directory);
    return {
      serviceBus,
      graph,
      identity,
      ingestion,
      blobStorage,
      resourceManager,
      logAnalytics,
      environment: {
        ServiceBusConnection: serviceBus.connectionString,
        GRAPH_BASE_URL: graph.url,
        IDENTITY_ENDPOINT: identity.endpoint,
        IDENTITY_HEADER: identity.header,
        APPLICATIONINSIGHTS_CONNECTION_STRING: ingestion.connectionString,
        RESOURCE_MANAGER_URL: resourceManager.url,
        LOG_ANALYTICS_URL: logAnalytics.url,
        AzureWebJobsStorage__blobServiceUri: blobStorage.url,
        SERVICE_BUS_HTTP_URL: serviceBus.httpUrl,
        NODE_EXTRA_CA_CERTS: caFile,
      },
      close,
    };
  } catch (error) {
    await close();
    throw inWords(error as NodeJS.ErrnoException, directory);
  }
}

/** The port in a URL or a connection string. */
function portIn(address: string): number {
  return Number(/:(\d+)/.exec(address)?.[1]);
}

function inWords(error: NodeJS.ErrnoException, directory: string): Error {
  const { code, port } = (error.cause ?? error) as NodeJS.ErrnoException & { port?: number };
  if (code === 'EADDRINUSE' || code === 'EACCES' || code === 'EPERM') {
    if (port !== undefined) return portProblem(port, code === 'EADDRINUSE');
  }
  if (code === 'EEXIST' || code === 'ENOTDIR') {
    return new LocalStartError(
      `${directory} is a file, and the certificate of the stand-ins needs a folder of that name. Rename or remove the file.`,
    );
  }
  if (error.syscall === 'open' || error.syscall === 'mkdir') {
    return new LocalStartError(`Cannot write the certificate of the stand-ins: ${error.message}`);
  }
  return error;
}

function portProblem(port: number, isInUse: boolean): LocalStartError {
  const setting = addressSettings.find((name) => portIn(localValue(name)) === port);
  const change = setting ? `, or change the port in local.settings.json (${setting})` : '';
  return new LocalStartError(
    isInUse
      ? `Port ${port} on localhost is in use. Is another npm start or npm run local running? Stop it${change}.`
      : `This user may not listen on port ${port}. Run as one that may${change}.`,
  );
}
