import { describe, expect, it } from 'vitest';
import { instanceProblems } from './checks/instances.ts';
import { keyProblems } from './checks/keys.ts';
import { messagingProblems } from './checks/messaging.ts';
import { monitoringProblems } from './checks/monitoring.ts';
import { networkProblems } from './checks/network.ts';
import { assignmentsOf, roleProblems } from './checks/roles.ts';
import { settingProblems } from './checks/settings.ts';
import { propertiesOf, type Snapshot, settingsOf, snapshots } from './snapshot.ts';

const promises: [string, (snapshot: Snapshot) => string[]][] = [
  ['sets every setting that the app reads, and no other', settingProblems],
  ['has the queue, the topic and the subscriptions that the app counts on', messagingProblems],
  ['runs one instance', instanceProblems],
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

describe('an installation with every parameter set', () => {
  const settings = settingsOf(snapshots.everything);

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
    expect(settings.ServiceBusConnection__fullyQualifiedNamespace).toBe(
      'contoso.servicebus.usgovcloudapi.net',
    );
  });

  it('uses the namespace and the workspace that exist, and makes none', () => {
    const types = snapshots.everything.predictedResources.map(({ type }) => type);
    expect(types).not.toContain('Microsoft.ServiceBus/namespaces');
    expect(types).not.toContain('Microsoft.OperationalInsights/workspaces');
    expect(snapshots.everything.outputs.SERVICE_BUS_NAMESPACE_ID).toMatch(/\/rg-messaging\/.+\/contoso$/);
  });

  it('lets requesters send, and each reader receive from one subscription', () => {
    const others = assignmentsOf(snapshots.everything).filter(({ principal }) => principal !== 'app');
    const requests = 'Microsoft.ServiceBus/namespaces/queues contoso/partner-requests';
    const results = 'Microsoft.ServiceBus/namespaces/topics/subscriptions contoso/partner-results';
    expect(others.map(({ principal, role, scope }) => [principal[0], role, scope])).toEqual([
      ['1', 'Azure Service Bus Data Sender', requests],
      ['2', 'Azure Service Bus Data Sender', requests],
      ['3', 'Azure Service Bus Data Receiver', `${results}/tickets`],
      ['4', 'Azure Service Bus Data Receiver', `${results}/recent`],
      ['5', 'Azure Service Bus Data Receiver', `${results}/audit`],
    ]);
  });
});
