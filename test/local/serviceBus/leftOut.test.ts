import { ServiceBusAdministrationClient } from '@azure/service-bus';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Certificates, createCertificates } from '../../../local/http/certificates.ts';
import { startServiceBus } from '../../../local/serviceBus/broker.ts';
import { call } from '../http/httpClient.ts';

let certificates: Certificates;

beforeAll(async () => {
  certificates = await createCertificates();
});

async function start({ tls }: { tls?: Certificates } = { tls: certificates }) {
  const bus = await startServiceBus({ queues: [{ name: 'requests' }], ...(tls && { tls }) });
  onTestFinished(() => bus.close());
  return bus;
}

const leftOut = { status: 501, text: expect.stringContaining('AMQP over WebSockets and the management API') };
const wantsWebSocket = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' };

describe('the local Service Bus says what it leaves out', () => {
  it.each(['https', 'http'])(
    'to clients of WebSockets and of the management API, over %s',
    async (scheme) => {
      const { port } = await start();
      const ask = (path: string, headers = {}) =>
        call(`${scheme}://localhost:${port}${path}`, { ca: certificates.ca, headers });
      expect(await ask('/$servicebus/websocket', wantsWebSocket)).toMatchObject(leftOut);
      expect(await ask('/requests?api-version=2021-05')).toMatchObject(leftOut);
    },
  );

  it('to the same at the REST API', async () => {
    const { httpUrl } = await start();
    expect(await call(`${httpUrl}/$servicebus/websocket`, { headers: wantsWebSocket })).toMatchObject(
      leftOut,
    );
    const headers = { Authorization: 'Bearer any' };
    expect(await call(`${httpUrl}/requests?api-version=2021-05`, { headers })).toMatchObject(leftOut);
  });

  it('to the client of the management API, which does not try again', async () => {
    const { connectionString } = await start();
    const client = new ServiceBusAdministrationClient(connectionString, {
      tlsOptions: { ca: certificates.ca },
    });
    await expect(client.getQueue('requests')).rejects.toThrow(/leaves out AMQP over WebSockets/);
  });

  it('and cuts off clients of TLS if it has no certificate', async () => {
    const { port } = await start({});
    await expect(call(`https://localhost:${port}/`, { ca: certificates.ca })).rejects.toThrow();
    expect(await call(`http://localhost:${port}/`)).toMatchObject(leftOut);
  });
});
