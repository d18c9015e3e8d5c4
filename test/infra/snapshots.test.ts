import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { instanceProblems } from './checks/instances.ts';
import { keyProblems } from './checks/keys.ts';
import { messagingProblems } from './checks/messaging.ts';
import { monitoringProblems } from './checks/monitoring.ts';
import { networkProblems } from './checks/network.ts';
import { assignmentsOf, roleProblems } from './checks/roles.ts';
import { settingProblems } from './checks/settings.ts';
import { propertiesOf, resourcesOf, type Snapshot, settingsOf, snapshots } from './snapshot.ts';

const promises: [string, (snapshot: Snapshot) => string[]][] = [
  ['sets every setting that the app reads, and no other', settingProblems],
  ['has the queue, the topic and the subscriptions that the app counts on', messagingProblems],
  [
    'runs one instance, or as many as a parameter says',
    (snapshot) => instanceProblems(snapshot, snapshot === snapshots.everything ? 40 : 1),
  ],
  ['holds no key, and accepts none', keyProblems],
  ['gives every role at the smallest scope', roleProblems],
  ['is reached under TLS 1.2, and keeps its storage private', networkProblems],
  [
    'has a container for the windows that are open',
    (snapshot) =>
      propertiesOf(snapshot, 'Microsoft.Storage/storageAccounts/blobServices/containers').some(({ name }) =>
        name.endsWith('/windows'),
      )
        ? []
        : ['There is no container windows.'],
  ],
  ['is watched by the workbook and the alerts of operations/', monitoringProblems],
];

describe.each(Object.entries(snapshots))(
  'an installation with the parameters of %s.bicepparam',
  (_, snapshot) => {
    it.each(promises)('%s', (_, problemsOf) => {
      expect(problemsOf(snapshot)).toEqual([]);
    });

    it('was predicted without a diagnostic', () => {
      expect(snapshot.diagnostics).toEqual([]);
      expect(snapshot.predictedResources.length).toBeGreaterThan(20);
    });
  },
);

describe('an installation with every default', () => {
  const settings = settingsOf(snapshots.defaults);

  it('allows every partner, has no policy, and sends no e-mail', () => {
    expect(settings).not.toHaveProperty('ALLOWED_EXTERNAL_PARTNER_IDS');
    for (const policy of ['REQUIRED_PROPERTIES', 'REFERENCE_PATTERN', 'LONGEST_WINDOW_HOURS', 'FREEZE']) {
      expect(settings).not.toHaveProperty(policy);
    }
    expect(
      propertiesOf(snapshots.defaults, 'Microsoft.Insights/actionGroups')[0]?.properties.emailReceivers,
    ).toEqual([]);
  });

  it('is in the global cloud', () => {
    expect(settings.GRAPH_BASE_URL).toBe('https://graph.microsoft.com');
    expect(settings.ServiceBusConnection__fullyQualifiedNamespace).toMatch(
      /^sbns-\w+\.servicebus\.windows\.net$/,
    );
  });

  it('gives nobody but the app a role', () => {
    expect(assignmentsOf(snapshots.defaults).map(({ principal }) => principal)).toEqual([
      'app',
      'app',
      'app',
      'app',
    ]);
  });
});

/** How long a workspace keeps each table, in days: to be queried, and in all. */
function retentionOf(snapshot: Snapshot): Record<string, [number | undefined, number | undefined]> {
  return Object.fromEntries(
    propertiesOf(snapshot, 'Microsoft.OperationalInsights/workspaces/tables').map(
      ({ name, properties: { retentionInDays, totalRetentionInDays } }) => [
        name.split('/').at(-1) ?? name,
        [retentionInDays, totalRetentionInDays],
      ],
    ),
  );
}

describe('an installation with every parameter set', () => {
  const settings = settingsOf(snapshots.everything);
  const typesOf = (snapshot: Snapshot) => new Set(snapshot.predictedResources.map(({ type }) => type));

  it('uses its own values', () => {
    expect(settings).toMatchObject({
      REQUESTS_QUEUE: 'partner-requests',
      RESULTS_TOPIC: 'partner-results',
      MAX_DELIVERY_COUNT: '20',
      RETRY_BUDGET_SECONDS: '120',
      GRAPH_TIMEOUT_SECONDS: '60',
      ALLOWED_EXTERNAL_PARTNER_IDS:
        'b3548526-e615-3785-3118-be70b3968ec5,5f0c1e0b-1f6e-4a57-9d43-3f6a54a3a1de',
      REQUIRED_PROPERTIES: 'reference,requestedBy,until',
      REFERENCE_PATTERN: '[A-Z]{3}[0-9]+[0-9]',
      LONGEST_WINDOW_HOURS: '72',
      FREEZE: 'true',
    });
    const [actionGroup] = propertiesOf(snapshots.everything, 'Microsoft.Insights/actionGroups');
    expect(actionGroup?.properties.emailReceivers?.map(({ emailAddress }) => emailAddress)).toEqual([
      'operations@contoso.example',
      'partners@contoso.example',
    ]);
  });

  it('is in the cloud of the US Government', () => {
    expect(settings.GRAPH_BASE_URL).toBe('https://graph.microsoft.us');
    expect(settings.ServiceBusConnection__fullyQualifiedNamespace).toMatch(
      /^sbns-\w+\.servicebus\.usgovcloudapi\.net$/,
    );
  });

  it('keeps records as long as it says, and those of requests for the audit: no table has its own idea', () => {
    const { AppEvents, ...others } = retentionOf(snapshots.everything);
    expect(AppEvents).toEqual([30, 2556]);
    expect(Object.keys(others)).toContain('AppTraces');
    expect(new Set(Object.values(others).map(String))).toEqual(new Set(['30,30']));
    expect(new Set(Object.values(retentionOf(snapshots.defaults)).map(String))).toEqual(new Set(['90,90']));
  });

  it('is reached inside its virtual network only, where the app is', () => {
    const [namespace] = resourcesOf(snapshots.everything, 'Microsoft.ServiceBus/namespaces');
    const [account] = resourcesOf(snapshots.everything, 'Microsoft.Storage/storageAccounts');
    const [app] = resourcesOf(snapshots.everything, 'Microsoft.Web/sites');
    expect([namespace?.sku?.name, account?.sku?.name]).toEqual(['Premium', 'Standard_ZRS']);
    expect(namespace?.properties?.publicNetworkAccess).toBe('Disabled');
    expect(account?.properties?.publicNetworkAccess).toBe('Disabled');
    expect(app?.properties?.virtualNetworkSubnetId).toMatch(/\/subnets\/app$/);
    const endpoints = resourcesOf(snapshots.everything, 'Microsoft.Network/privateEndpoints');
    expect(endpoints.map(({ name }) => name.replace(/-\w+$/, ''))).toEqual(['pe-sbns', 'pe-st']);
  });

  it('has what no default installation has: locks, a budget, a network, logs of the namespace, Logic Apps', () => {
    const locked = resourcesOf(snapshots.everything, 'Microsoft.Authorization/locks').map(
      ({ id }) => /\/(\w+)\/[^/]+\/providers\/Microsoft.Authorization/.exec(id)?.[1],
    );
    expect(locked.sort()).toEqual(['namespaces', 'storageAccounts', 'workspaces']);
    const usual = typesOf(snapshots.defaults);
    const further = [...typesOf(snapshots.everything)].filter((type) => !usual.has(type));
    expect(further.sort()).toEqual([
      'Microsoft.Authorization/locks',
      'Microsoft.Consumption/budgets',
      'Microsoft.Insights/diagnosticSettings',
      'Microsoft.Logic/workflows',
      'Microsoft.Network/privateDnsZones',
      'Microsoft.Network/privateDnsZones/virtualNetworkLinks',
      'Microsoft.Network/privateEndpoints',
      'Microsoft.Network/privateEndpoints/privateDnsZoneGroups',
      'Microsoft.Network/virtualNetworks',
      'Microsoft.Web/connections',
    ]);
    for (const { tags, type } of snapshots.everything.predictedResources) {
      if (tags !== undefined) expect([type, tags.costCenter]).toEqual([type, '4711']);
    }
  });

  it('lets requesters send, and each reader receive from one subscription', () => {
    const others = assignmentsOf(snapshots.everything).filter(({ principal }) => principal !== 'app');
    const requests = 'Microsoft.ServiceBus/namespaces/queues partner-requests';
    const results = 'Microsoft.ServiceBus/namespaces/topics/subscriptions partner-results';
    // A name that stands twice in a list has its role once.
    expect(
      others.map(({ principal, role, scope }) => [
        /^\d/.exec(principal)?.[0] ?? principal,
        role,
        scope.replace(/sbns-\w+\//, ''),
      ]),
    ).toEqual([
      ['schedules', 'Azure Service Bus Data Sender', requests],
      ['1', 'Azure Service Bus Data Sender', requests],
      ['2', 'Azure Service Bus Data Sender', requests],
      ['3', 'Azure Service Bus Data Receiver', `${results}/tickets`],
      ['4', 'Azure Service Bus Data Receiver', `${results}/recent`],
      ['5', 'Azure Service Bus Data Receiver', `${results}/audit`],
      ['results', 'Azure Service Bus Data Receiver', `${results}/webhook`],
      ['results', 'Azure Service Bus Data Receiver', `${results}/teams`],
    ]);
  });
});

describe('two installations', () => {
  const [first, second] = [snapshots.defaults, snapshots.second];

  it('in one resource group share nothing', () => {
    const ids = new Set(first.predictedResources.map(({ id }) => id));
    expect(second.predictedResources.map(({ id }) => id).filter((id) => ids.has(id))).toEqual([]);
  });

  it('in one existing namespace and workspace have a queue and a topic of their own', () => {
    const types = second.predictedResources.map(({ type }) => type);
    expect(types).not.toContain('Microsoft.ServiceBus/namespaces');
    expect(types).not.toContain('Microsoft.OperationalInsights/workspaces');
    expect(second.outputs.SERVICE_BUS_NAMESPACE_ID).toMatch(/\/rg-messaging\/.+\/contoso$/);
    expect(settingsOf(second)).toMatchObject({
      REQUESTS_QUEUE: 'external-partner-requests-second',
      RESULTS_TOPIC: 'external-partner-results-second',
    });
  });

  it('are told apart by azd, which deploys to the app that it provisioned', () => {
    expect(readFileSync('azure.yaml', 'utf8')).toMatch(/^ {4}resourceName: \$\{AZURE_FUNCTION_APP_NAME\}$/m);
    expect(first.outputs.AZURE_FUNCTION_APP_NAME).not.toBe(second.outputs.AZURE_FUNCTION_APP_NAME);
  });
});
