import { describe } from 'vitest';
import {
  expectEachToBeFound,
  installation,
  type Wrong,
  withAnother,
  withChanged,
  without,
  withSettings,
} from '../wrongInstallation.ts';
import { keyProblems } from './keys.ts';

describe('a key is found:', () => {
  expectEachToBeFound(keyProblems, [
    [
      'in a setting',
      withSettings((settings) => {
        settings.AzureWebJobsStorage = 'DefaultEndpointsProtocol=https;AccountName=a;AccountKey=b';
      }),
      /AzureWebJobsStorage looks like a key/,
    ],
    [
      'fetched by the template',
      withSettings((settings) => {
        settings.GRAPH_BASE_URL =
          "[listKeys('/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a', '2023-05-01').keys[0].value]";
      }),
      /GRAPH_BASE_URL looks like a key/,
    ],
    [
      'in a connection string of Service Bus',
      withSettings((settings) => {
        settings.ServiceBusConnection = 'Endpoint=sb://a;SharedAccessKeyName=b;SharedAccessKey=c';
      }),
      /ServiceBusConnection looks like a key/,
    ],
    [
      'in a connection string of another component',
      withSettings((settings) => {
        settings.APPLICATIONINSIGHTS_CONNECTION_STRING =
          'InstrumentationKey=00000000-0000-0000-0000-000000000000';
      }),
      'APPLICATIONINSIGHTS_CONNECTION_STRING is not that of the Application Insights deployed here.',
    ],
    [
      'in an output',
      { ...installation, outputs: { ...installation.outputs, URL: 'https://a/b?sv=1&sig=c' } },
      'outputs.URL looks like a key.',
    ],
    [
      'made by a policy',
      withAnother({
        id: 'send',
        type: 'Microsoft.ServiceBus/namespaces/queues/authorizationRules',
        name: 'send',
      }),
      'send makes a key.',
    ],
    ...(
      [
        ['Microsoft.ServiceBus/namespaces', 'disableLocalAuth', undefined],
        ['Microsoft.Storage/storageAccounts', 'allowSharedKeyAccess', true],
        ['Microsoft.Insights/components', 'DisableLocalAuth', false],
        ['Microsoft.OperationalInsights/workspaces', 'features', {}],
        ['Microsoft.Web/sites/basicPublishingCredentialsPolicies', 'allow', true],
      ] as const
    ).map(
      ([type, name, value]): Wrong => [
        `accepted by ${type}`,
        withChanged(type, (properties) => Object.assign(properties, { [name]: value })),
        'accepts keys.',
      ],
    ),
    [
      'accepted because no policy says otherwise',
      without(({ type }) => type.endsWith('/basicPublishingCredentialsPolicies')),
      'scm accepts passwords.',
    ],
  ]);
});
