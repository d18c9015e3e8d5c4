import { describe, expect, it } from 'vitest';
import host from '../../../host.json' with { type: 'json' };
import { parseDuration } from '../../../local/functionsHost/duration.ts';
import local from '../../../local.settings.json' with { type: 'json' };
import { LONGEST_AFTERWARDS_MS } from '../../../shared/apply/afterwards.ts';
import { TOKEN_TIMEOUT_MS } from '../../../shared/graph/managedIdentity.ts';
import { FLUSH_TIMEOUT_MS } from '../../../shared/report/record.ts';
import {
  LONGEST_GRAPH_TIMEOUT_SECONDS,
  LONGEST_RETRY_BUDGET_SECONDS,
} from '../../../shared/settings/environment.ts';
import { readSettings } from '../../../shared/settings/settings.ts';
import { END_TIMEOUT_MS } from '../../../shared/windows/endQueue.ts';
import { STORAGE_TIMEOUT_MS } from '../../../shared/windows/windowStore.ts';
import { partnerId } from '../../helpers/factories.ts';

const clientId = '22222222-2222-4222-8222-222222222222';
const required = {
  ServiceBusConnection__fullyQualifiedNamespace: 'contoso.servicebus.windows.net',
  REQUESTS_QUEUE: 'requests',
  RESULTS_TOPIC: 'results',
};

describe('settings', () => {
  it('have the documented defaults', () => {
    expect(readSettings(required)).toEqual({
      maxDeliveryCount: 10,
      policy: { requiredProperties: [], isFrozen: false },
      requestsQueue: 'requests',
      retryBudgetMs: 240_000,
      graphBaseUrl: new URL('https://graph.microsoft.com'),
      graphTimeoutMs: 30_000,
      role: { name: 'local', instance: 'local' },
    });
  });

  it('are read from the environment', () => {
    const settings = readSettings({
      ...required,
      MAX_DELIVERY_COUNT: '3',
      RETRY_BUDGET_SECONDS: '60',
      GRAPH_BASE_URL: 'https://graph.microsoft.us/',
      GRAPH_TIMEOUT_SECONDS: '5',
      AZURE_CLIENT_ID: clientId,
      ALLOWED_EXTERNAL_PARTNER_IDS: ` ${partnerId.toUpperCase()} , ${clientId}`,
      APPLICATIONINSIGHTS_CONNECTION_STRING: `InstrumentationKey=${clientId}`,
      APPLICATIONINSIGHTS_AUTHENTICATION_STRING: `Authorization=AAD;ClientId=${clientId}`,
      WEBSITE_SITE_NAME: 'Contoso-App',
      WEBSITE_INSTANCE_ID: 'i-1',
    });
    expect(settings).toEqual({
      maxDeliveryCount: 3,
      policy: { requiredProperties: [], isFrozen: false },
      requestsQueue: 'requests',
      retryBudgetMs: 60_000,
      graphBaseUrl: new URL('https://graph.microsoft.us'),
      graphTimeoutMs: 5_000,
      identityClientId: clientId,
      allowedExternalPartnerIds: new Set([partnerId, clientId]),
      applicationInsights: { connectionString: `InstrumentationKey=${clientId}`, identity: { clientId } },
      role: { name: 'contoso-app', instance: 'i-1' },
    });
  });

  it.each([
    ['REQUESTS_QUEUE', 'q'],
    ['RESULTS_TOPIC', 'a.b/c-d_e'],
    ['MAX_DELIVERY_COUNT', '1'],
    ['MAX_DELIVERY_COUNT', '2000'],
    ['RETRY_BUDGET_SECONDS', String(LONGEST_RETRY_BUDGET_SECONDS)],
    ['GRAPH_TIMEOUT_SECONDS', String(LONGEST_GRAPH_TIMEOUT_SECONDS)],
    ['AZURE_CLIENT_ID', ' '],
    ['ServiceBusConnection', 'SharedAccessKeyName=x; Endpoint=sb://contoso.servicebus.windows.net/'],
  ])('may be at a limit: %s is "%s"', (name, value) => {
    expect(() => readSettings({ ...required, [name]: value })).not.toThrow();
  });

  it.each([
    ['REQUESTS_QUEUE', undefined, 'REQUESTS_QUEUE is missing: set the name of the queue'],
    ['RESULTS_TOPIC', '', 'RESULTS_TOPIC is missing: set the name of the topic'],
    ['ServiceBusConnection__fullyQualifiedNamespace', undefined, 'set NAME.servicebus.windows.net'],
    [
      'ServiceBusConnection',
      'contoso.servicebus.windows.net',
      'ServiceBusConnection is malformed: set a Service Bus connection string',
    ],
    ['REQUESTS_QUEUE', 'sb://contoso/requests', 'REQUESTS_QUEUE is malformed'],
    ['REQUESTS_QUEUE', '"requests"', 'REQUESTS_QUEUE is malformed'],
    ['RESULTS_TOPIC', 'results ', 'RESULTS_TOPIC is malformed'],
    ['MAX_DELIVERY_COUNT', 'ten', 'MAX_DELIVERY_COUNT is malformed: set the request queue'],
    ['MAX_DELIVERY_COUNT', '2001', 'MAX_DELIVERY_COUNT is malformed'],
    ['MAX_DELIVERY_COUNT', '0', 'MAX_DELIVERY_COUNT is malformed'],
    ['RETRY_BUDGET_SECONDS', '9999', 'RETRY_BUDGET_SECONDS is malformed: set whole seconds, 1 to'],
    ['GRAPH_TIMEOUT_SECONDS', '121', 'GRAPH_TIMEOUT_SECONDS is malformed: set whole seconds, 1 to 120'],
    ['GRAPH_BASE_URL', 'http://graph.microsoft.com', 'GRAPH_BASE_URL is malformed: set an https origin'],
    ['GRAPH_BASE_URL', 'xhttps://graph.microsoft.com', 'GRAPH_BASE_URL is malformed'],
    ['GRAPH_BASE_URL', 'https://graph.microsoft.com/beta', 'GRAPH_BASE_URL is malformed'],
    ['GRAPH_BASE_URL', 'https://user:secret@graph.microsoft.com', 'GRAPH_BASE_URL is malformed'],
    ['AZURE_CLIENT_ID', 'me', 'AZURE_CLIENT_ID is malformed: set the client id'],
    ['ALLOWED_EXTERNAL_PARTNER_IDS', 'a,b', 'ALLOWED_EXTERNAL_PARTNER_IDS is malformed: set GUIDs'],
    ['ALLOWED_EXTERNAL_PARTNER_IDS', ' ', 'ALLOWED_EXTERNAL_PARTNER_IDS is malformed: set GUIDs'],
  ])('that miss or garble %s (%j) are named, with what to set', (name, value, message) => {
    expect(() => readSettings({ ...required, [name]: value })).toThrow(message);
  });

  it.each([
    'sb://contoso.servicebus.windows.net/',
    'https://contoso.servicebus.windows.net',
    'Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=x',
    '"contoso.servicebus.windows.net"',
    'contoso.servicebus.windows.net/',
    'contoso.servicebus.windows.net:5671',
    ' contoso.servicebus.windows.net',
    'contoso',
  ])('that give the namespace as %j are named: the host would never receive', (value) => {
    const name = 'ServiceBusConnection__fullyQualifiedNamespace';
    expect(() => readSettings({ ...required, [name]: value })).toThrow(
      `${name} is malformed: set NAME.servicebus.windows.net`,
    );
  });

  const connection = ['APPLICATIONINSIGHTS_CONNECTION_STRING', 'the connection string of'] as const;
  const authentication = ['APPLICATIONINSIGHTS_AUTHENTICATION_STRING', 'Authorization=AAD, or'] as const;
  it.each([
    [...connection, 's3cret'],
    [...authentication, 's3cret'],
    [...authentication, 'Authorization=AAD;ClientId=s3cret'],
    [...authentication, 'ClientId=b3548526-e615-3785-3118-be70b3968ec5'],
  ])(
    'with a malformed %s for telemetry are a warning to set %s, and it (%s) is not quoted',
    (name, toSet, value) => {
      const settings = readSettings({
        ...required,
        APPLICATIONINSIGHTS_CONNECTION_STRING: `InstrumentationKey=${clientId}`,
        [name]: value,
      });
      expect(settings).not.toHaveProperty('applicationInsights');
      expect(settings.warning).toContain(`${name} is malformed: set ${toSet}`);
      expect(settings.warning).not.toContain('s3cret');
    },
  );

  it('with an instrumentation key and no connection string are a warning to set one', () => {
    const key = { APPINSIGHTS_INSTRUMENTATIONKEY: clientId };
    const { warning } = readSettings({ ...required, ...key });
    expect(warning).toMatch(
      /^APPLICATIONINSIGHTS_CONNECTION_STRING is missing, and APPINSIGHTS_INSTRUMENTATIONKEY is not read: set the connection string/,
    );
    expect(warning).not.toContain(clientId);
    expect(readSettings(required).warning).toBeUndefined();
    const both = { ...key, APPLICATIONINSIGHTS_CONNECTION_STRING: `InstrumentationKey=${clientId}` };
    expect(readSettings({ ...required, ...both }).warning).toBeUndefined();
  });

  it('that are malformed are all named at once, and none is quoted', () => {
    const read = () =>
      readSettings({ REQUESTS_QUEUE: 'requests', AZURE_CLIENT_ID: 's3cret', GRAPH_BASE_URL: 's3cret' });
    expect(read).toThrow(/RESULTS_TOPIC.*GRAPH_BASE_URL.*AZURE_CLIENT_ID/);
    expect(read).not.toThrow(/s3cret/);
  });

  it('keep the longest delivery below the limits of the host', () => {
    const token = TOKEN_TIMEOUT_MS / 1000;
    const storage = STORAGE_TIMEOUT_MS / 1000;
    // Of a window: storage is read, its end put on the queue, and storage written.
    const opening = token + 2 * storage + token + END_TIMEOUT_MS / 1000;
    const oneAttempt = opening + token + LONGEST_GRAPH_TIMEOUT_SECONDS;
    // It is read and written a last time at the end of that.
    const afterwards = LONGEST_AFTERWARDS_MS / 1000 + token + 2 * storage;
    // An attempt of the delivery it took over from, the budget, and a last attempt at the end of it.
    const trying = oneAttempt + LONGEST_RETRY_BUDGET_SECONDS + oneAttempt;
    const longest = trying + afterwards + FLUSH_TIMEOUT_MS / 1000;
    expect(longest * 1000).toBeLessThan(Number(parseDuration(host.functionTimeout)));
  });

  it('keep all deliveries of a request within the time for which the lock on its session is renewed', () => {
    const { maxDeliveryCount, retryBudgetMs, graphTimeoutMs } = readSettings(required);
    const longest = maxDeliveryCount * (retryBudgetMs + TOKEN_TIMEOUT_MS + graphTimeoutMs + FLUSH_TIMEOUT_MS);
    expect(longest).toBeLessThan(
      Number(parseDuration(host.extensions.serviceBus.maxAutoLockRenewalDuration)),
    );
  });

  it('in local.settings.json are complete', () => {
    expect(readSettings(local.Values).maxDeliveryCount).toBe(10);
  });
});
