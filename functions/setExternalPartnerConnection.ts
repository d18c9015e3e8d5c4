import { app, output, type ServiceBusQueueFunctionOptions } from '@azure/functions';
import { createApplyRequest } from '../shared/applyRequest.ts';
import { createCompletedRequests } from '../shared/completedRequests.ts';
import { createGraph } from '../shared/graph.ts';
import { managedIdentity } from '../shared/managedIdentity.ts';
import { receive } from '../shared/message.ts';
import { createPreemptiveMutex } from '../shared/preemptiveMutex.ts';
import { createRecorder } from '../shared/record.ts';
import { toResult } from '../shared/result.ts';
import { createRetry } from '../shared/retry.ts';
import { readSettings } from '../shared/settings.ts';
import { sleep } from '../shared/sleep.ts';

const settings = readSettings(process.env);
const { applicationInsights, maxDeliveryCount, retryBudgetMs: budgetMs, warning } = settings;
if (warning) console.warn(warning);

const graph = createGraph({
  baseUrl: settings.graphBaseUrl,
  timeoutMs: settings.graphTimeoutMs,
  credential: managedIdentity(settings.identityClientId),
});
// The first request finds a token, or one that is on its way.
void graph.authorize();

const apply = createApplyRequest({
  graph,
  retry: createRetry({ budgetMs, sleep }),
  takeTurn: createPreemptiveMutex(),
  settledRequests: createCompletedRequests({ budgetMs, maxDeliveryCount, sleep }),
  maxDeliveryCount,
  allowedExternalPartnerIds: settings.allowedExternalPartnerIds,
});

const { record, flush } = createRecorder(
  applicationInsights &&
    (async () => {
      const { createApplicationInsights } = await import('../shared/applicationInsights.ts');
      const { connectionString, identity } = applicationInsights;
      return createApplicationInsights({
        connectionString,
        credential: identity && managedIdentity(identity.clientId),
      });
    }),
);

const connection = 'ServiceBusConnection';

// The typed options lack `dataType`. Without it the host copies properties of the body over the broker's metadata.
const trigger: ServiceBusQueueFunctionOptions & { dataType: 'binary' } = {
  connection,
  queueName: '%REQUESTS_QUEUE%',
  isSessionsEnabled: true,
  dataType: 'binary',
  return: output.serviceBusQueue({ connection, queueName: '%RESULTS_QUEUE%' }),
  handler: async (body, context) => {
    const message = receive(body, context.triggerMetadata);
    const result = await apply(message);
    await record(result, context);
    return toResult(result);
  },
};

app.serviceBusQueue('setExternalPartnerConnection', trigger);
app.hook.appTerminate(flush);
