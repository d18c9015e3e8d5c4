/**
 * The same job as a competent user would write it from the documentation today, nothing deferred and nothing
 * tuned: what the benchmark compares this app with. It is compiled file by file to CommonJS, as the Functions
 * quickstart does it, and not bundled.
 *
 * Sources: "Azure Functions Node.js developer guide", "Enable Azure Monitor OpenTelemetry" (Application Insights
 * SDK 3.x), "Microsoft Graph SDKs: choose an authentication provider", "Update cloudPcExternalPartner".
 */
import { app, type InvocationContext, output } from '@azure/functions';
import { DefaultAzureCredential } from '@azure/identity';
import { Client } from '@microsoft/microsoft-graph-client';
import { TokenCredentialAuthenticationProvider } from '@microsoft/microsoft-graph-client/authProviders/azureTokenCredentials/index.js';
import appInsights from 'applicationinsights';

appInsights.setup().start();

const graphBaseUrl = new URL(process.env.GRAPH_BASE_URL ?? 'https://graph.microsoft.com');

const authProvider = new TokenCredentialAuthenticationProvider(new DefaultAzureCredential(), {
  scopes: [`${graphBaseUrl.origin}/.default`],
});
const client = Client.initWithMiddleware({
  authProvider,
  baseUrl: graphBaseUrl.origin,
  defaultVersion: 'beta',
  customHosts: new Set([graphBaseUrl.hostname]),
});

type Request = { externalPartnerId: string; enableConnection: boolean };

app.serviceBusQueue('setExternalPartnerConnection', {
  connection: 'ServiceBusConnection',
  queueName: '%REQUESTS_QUEUE%',
  isSessionsEnabled: true,
  return: output.serviceBusTopic({ connection: 'ServiceBusConnection', topicName: '%RESULTS_TOPIC%' }),
  handler: async (message: unknown, context: InvocationContext) => {
    const { externalPartnerId, enableConnection } = message as Request;
    const partner: Record<string, string> = await client
      .api(`/deviceManagement/virtualEndpoint/externalPartners/${externalPartnerId}`)
      .patch({ '@odata.type': '#microsoft.graph.cloudPcExternalPartner', enableConnection });
    context.log(`Connection of ${externalPartnerId}: ${partner.connectionStatus}, ${partner.statusDetails}`);
    appInsights.defaultClient.trackEvent({
      name: 'ExternalPartnerConnectionSet',
      properties: { externalPartnerId, statusDetails: partner.statusDetails },
    });
    return { outcome: 'applied', partner };
  },
});
