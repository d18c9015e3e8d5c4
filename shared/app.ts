import type { InvocationContext } from '@azure/functions';
import type { TokenCredential } from '@azure/identity';
import { createApplyRequest } from './apply/applyRequest.ts';
import { createCompletedRequests } from './apply/completedRequests.ts';
import { planDeliveries } from './apply/deliveries.ts';
import type { DeliveryReport } from './apply/deliveryReport.ts';
import { createPartnerLock } from './apply/partnerLock.ts';
import { createGraph } from './graph/graph.ts';
import { managedIdentity } from './graph/managedIdentity.ts';
import { createRetry } from './kit/retry.ts';
import { sleep } from './kit/sleep.ts';
import { receiveMessage } from './receive/message.ts';
import type { TelemetryOptions, TelemetrySink } from './report/applicationInsights.ts';
import { createRecorder } from './report/record.ts';
import type { Settings } from './settings/settings.ts';
import { createEndQueue } from './windows/endQueue.ts';
import { createWindowStore } from './windows/windowStore.ts';
import { createWindows, type Windows } from './windows/windows.ts';

/** What the app touches beyond its own process and clock. */
export type Edges = {
  /** @param clientId client id of a user-assigned identity; undefined: the system-assigned one */
  readonly identity: (clientId?: string) => TokenCredential;
  readonly loadTelemetry: (options: TelemetryOptions) => Promise<TelemetrySink>;
  /** Tells an operator what is wrong with telemetry. */
  readonly warn: (text: string) => void;
};

export type App = {
  /**
   * One delivery of a message: received, applied and recorded. Does not reject for anything that a sender, Graph, the
   * identity or Application Insights does.
   */
  handle(
    body: unknown,
    context: Pick<InvocationContext, 'log' | 'warn' | 'traceContext' | 'triggerMetadata'>,
  ): Promise<DeliveryReport>;
  /** Sends the records that are still buffered, for 2 s at most. */
  flush(): Promise<void>;
};

/** Azure, as a deployed app finds it. Telemetry takes long to load: it is a bundle of its own. */
const azure: Edges = {
  identity: managedIdentity,
  async loadTelemetry(options) {
    const { createApplicationInsights } = await import('./report/applicationInsights.ts');
    return createApplicationInsights(options);
  },
  warn: console.warn,
};

/** Puts the parts together. Asks for a token at once, so that the first request finds it or one on its way. */
export function createApp(settings: Settings, edges: Edges = azure): App {
  const { applicationInsights, maxDeliveryCount, retryBudgetMs: budgetMs, role, warning } = settings;
  if (warning) edges.warn(warning);

  /** What acts by the same identity shares its tokens. */
  const identities = new Map<string | undefined, TokenCredential>();
  const identityOf = (clientId: string | undefined) => {
    const identity = identities.get(clientId) ?? edges.identity(clientId);
    identities.set(clientId, identity);
    return identity;
  };

  const graph = createGraph({
    // For the time in which Graph works on the first PATCH. Telemetry blocks the process while it loads, so the token
    // for the storage comes first; if that takes long, the first record loads telemetry.
    onSent() {
      void Promise.resolve(windows?.prepare()).then(recorder.prepare);
    },
    baseUrl: settings.graphBaseUrl,
    timeoutMs: settings.graphTimeoutMs,
    credential: identityOf(settings.identityClientId),
  });
  void graph.prepare();

  const windows = settings.windows && windowsOf(settings.windows, settings.requestsQueue, identityOf);

  const deliveries = planDeliveries({ maxDeliveryCount, budgetMs });
  const applyRequest = createApplyRequest({
    graph,
    retry: createRetry({ budgetMs, sleep }),
    lock: createPartnerLock(),
    completedRequests: createCompletedRequests(),
    deliveries,
    budgetMs,
    rules: {
      allowedExternalPartnerIds: settings.allowedExternalPartnerIds,
      policy: settings.policy,
      hasWindows: windows !== undefined,
    },
    windows,
    sleep,
  });

  const recorder = createRecorder(
    applicationInsights &&
      (async () => {
        const { connectionString, identity } = applicationInsights;
        const credential = identity && identityOf(identity.clientId);
        return edges.loadTelemetry({ connectionString, credential, role, warn: edges.warn });
      }),
  );

  let inHand = 0;

  return {
    async handle(body, context) {
      inHand++;
      try {
        const message = receiveMessage(body, context.triggerMetadata);
        const report = await applyRequest(message);
        const [closed] = await Promise.all([
          report.windowsClosed,
          recorder.record(report, context, inHand === 1),
        ]);
        if (closed?.problem !== undefined) await recorder.recordWindowsLeft(report, closed.problem, context);
        return report;
      } finally {
        inHand--;
      }
    },
    flush: recorder.flush,
  };
}

function windowsOf(
  { storage, serviceBus }: NonNullable<Settings['windows']>,
  queue: string,
  identityOf: Edges['identity'],
): Windows {
  const store = createWindowStore({
    serviceUri: storage.serviceUri,
    credential: identityOf(storage.clientId),
  });
  const access = serviceBus.key ?? { credential: identityOf(serviceBus.clientId) };
  return createWindows({ store, putEnd: createEndQueue({ namespaceUrl: serviceBus.url, queue, access }) });
}
