/** The least that one could write: one PATCH by Node's own `https`, with a token that is already there. */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request as sendHttps } from 'node:https';
import { json } from 'node:stream/consumers';
import { app } from '@azure/functions';

const { GRAPH_BASE_URL, BENCH_TOKEN } = process.env;

app.serviceBusQueue('setExternalPartnerConnection', {
  connection: 'ServiceBusConnection',
  queueName: '%REQUESTS_QUEUE%',
  isSessionsEnabled: true,
  handler: async (message) => {
    const { externalPartnerId, enableConnection } = message as Record<string, unknown>;
    const request = sendHttps(
      `${GRAPH_BASE_URL}/beta/deviceManagement/virtualEndpoint/externalPartners/${externalPartnerId}`,
      {
        method: 'PATCH',
        headers: {
          'accept-encoding': 'identity',
          authorization: `Bearer ${BENCH_TOKEN}`,
          'content-type': 'application/json',
        },
      },
    );
    request.end(JSON.stringify({ enableConnection }));
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return json(response);
  },
});
