import { expect, it } from 'vitest';
import { readServiceBus } from '../../../shared/settings/serviceBusSettings.ts';

const url = new URL('https://contoso.servicebus.windows.net');
const clientId = '22222222-2222-4222-8222-222222222222';

it.each([
  ['a host name', { host: 'contoso.servicebus.windows.net', clientId }, { url, clientId }],
  [
    'a connection string, in any order and case',
    {
      connectionString:
        ' sharedaccesskey=abc+/= ; SharedAccessKeyName=app;ENDPOINT=SB://contoso.servicebus.windows.net/;',
    },
    { url, key: { keyName: 'app', key: 'abc+/=' } },
  ],
  [
    'a connection string without a key, for which there is the identity',
    { connectionString: 'Endpoint=sb://contoso.servicebus.windows.net/;Authentication=Managed Identity' },
    { url },
  ],
  [
    'an address of its own',
    {
      connectionString: 'Endpoint=sb://localhost:5672;SharedAccessKeyName=k',
      url: new URL('http://localhost:8080'),
    },
    { url: new URL('http://localhost:8080') },
  ],
])('Service Bus is reached over HTTP with %s', (_, connection, expected) => {
  expect(readServiceBus(connection)).toEqual(expected);
});

it.each([{ connectionString: 'Endpoint=sb://' }, { connectionString: '' }, {}])(
  'Service Bus cannot be reached over HTTP with %j',
  (connection) => {
    expect(readServiceBus(connection)).toBeUndefined();
  },
);
