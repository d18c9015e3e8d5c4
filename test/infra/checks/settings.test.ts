import { describe } from 'vitest';
import { expectEachToBeFound, withSettings } from '../wrongInstallation.ts';
import { settingProblems } from './settings.ts';

describe('a wrong setting is found:', () => {
  expectEachToBeFound(settingProblems, [
    [
      'one that is missing',
      withSettings((settings) => {
        delete settings.REQUESTS_QUEUE;
      }),
      'REQUESTS_QUEUE is not set.',
    ],
    [
      'one that has a default and is missing',
      withSettings((settings) => {
        delete settings.GRAPH_TIMEOUT_SECONDS;
      }),
      'GRAPH_TIMEOUT_SECONDS is not set.',
    ],
    [
      'one that the host needs and is missing',
      withSettings((settings) => {
        delete settings.ServiceBusConnection__clientId;
      }),
      'ServiceBusConnection__clientId is not set.',
    ],
    [
      'one that nothing reads',
      withSettings((settings) => {
        settings.REQUEST_QUEUE = 'x';
      }),
      'REQUEST_QUEUE is set, and nothing reads it.',
    ],
    [
      'a connection string of Service Bus',
      withSettings((settings) => {
        settings.ServiceBusConnection = 'Endpoint=sb://contoso.servicebus.windows.net';
      }),
      'ServiceBusConnection is set',
    ],
    [
      'an allow-list that is blank',
      withSettings((settings) => {
        settings.ALLOWED_EXTERNAL_PARTNER_IDS = '';
      }),
      'ALLOWED_EXTERNAL_PARTNER_IDS',
    ],
    [
      'a value out of bounds',
      withSettings((settings) => {
        settings.RETRY_BUDGET_SECONDS = '301';
      }),
      'RETRY_BUDGET_SECONDS',
    ],
    [
      'an authentication string that telemetry cannot use',
      withSettings((settings) => {
        settings.APPLICATIONINSIGHTS_AUTHENTICATION_STRING = 'Authorization=Key';
      }),
      'APPLICATIONINSIGHTS_AUTHENTICATION_STRING',
    ],
  ]);
});
