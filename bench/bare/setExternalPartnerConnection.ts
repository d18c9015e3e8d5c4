/** The least that one would write: one fetch with a token that is already there. */
import { app } from '@azure/functions';

const { GRAPH_BASE_URL, BENCH_TOKEN } = process.env;

app.serviceBusQueue('setExternalPartnerConnection', {
  connection: 'ServiceBusConnection',
  queueName: '%REQUESTS_QUEUE%',
  isSessionsEnabled: true,
  handler: async (message) => {
    const { externalPartnerId, enableConnection } = message as Record<string, unknown>;
    const response = await fetch(
      `${GRAPH_BASE_URL}/beta/deviceManagement/virtualEndpoint/externalPartners/${externalPartnerId}`,
      {
        method: 'PATCH',
        headers: { authorization: `Bearer ${BENCH_TOKEN}`, 'content-type': 'application/json' },
        body: JSON.stringify({ enableConnection }),
      },
    );
    return response.json();
  },
});
