import { type Query, readQuery } from './queries.ts';

type LogAlert = {
  /** 0, the worst, to 4. */
  readonly severity: number;
  /** ISO 8601, as the rest: how often the query is run. */
  readonly every: string;
  /** How far back it looks; more than a day goes into `lookBack`. */
  readonly window: string;
  readonly lookBack?: string;
  /** One alert for each value of this column, instead of one for all rows. */
  readonly each?: string;
};

/** The window is longer than the interval, so that an event that arrives late is not missed. */
const logAlerts: Readonly<Record<string, LogAlert>> = {
  failed: { severity: 1, every: 'PT5M', window: 'PT15M', each: 'externalPartnerId' },
  'many-rejected': { severity: 3, every: 'PT5M', window: 'PT15M' },
  'no-heartbeat': { severity: 2, every: 'PT1H', window: 'P1D', lookBack: 'P2D', each: 'externalPartnerId' },
};

type MetricAlert = {
  readonly title: string;
  readonly notes: string;
  readonly severity: number;
  readonly every: string;
  readonly window: string;
  readonly metric: string;
  readonly aggregation: 'Maximum' | 'Minimum';
  /** Parameters of the template that name a queue, or a topic: that stands for all of its subscriptions. */
  readonly entities: readonly string[];
};

/** What no event tells, since nothing of it reaches the app: it stands in the metrics of the queues only. */
const metricAlerts: Readonly<Record<string, MetricAlert>> = {
  'dead-letters': {
    title: 'There are dead letters',
    notes:
      'A request that never got an outcome or whose result did not get through, or a result that nobody took.',
    severity: 1,
    every: 'PT5M',
    window: 'PT5M',
    metric: 'DeadletteredMessages',
    aggregation: 'Maximum',
    entities: ['requestsQueue', 'resultsTopic'],
  },
  'requests-wait': {
    title: 'Requests wait',
    notes: 'The requests queue was not empty for an hour: the app is down, cannot reach the queue, or lags.',
    severity: 2,
    every: 'PT15M',
    window: 'PT1H',
    metric: 'ActiveMessages',
    aggregation: 'Minimum',
    entities: ['requestsQueue'],
  },
};

/** Every alert as an ARM template, for `az deployment group create`. */
export function alertsTemplate(): object {
  return {
    $schema: 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#',
    contentVersion: '1.0.0.0',
    parameters: {
      workspaceId: text('Resource id of the Log Analytics workspace that Application Insights writes to.'),
      serviceBusNamespaceId: text('Resource id of the Service Bus namespace.'),
      requestsQueue: text('Name of the requests queue: REQUESTS_QUEUE.'),
      resultsTopic: text('Name of the results topic: RESULTS_TOPIC.'),
      actionGroupId: text('Resource id of the action group that is told.'),
      location: {
        ...text('Region of the log alerts: that of the workspace.'),
        defaultValue: '[resourceGroup().location]',
      },
      prefix: { ...text('Starts the name of every rule.'), defaultValue: 'external-partner' },
      tags: { type: 'object', metadata: { description: 'Tags of every rule.' }, defaultValue: {} },
    },
    resources: [
      ...Object.entries(logAlerts).map(([name, alert]) => logRule(readQuery(`alerts/${name}`), name, alert)),
      ...Object.entries(metricAlerts).map(([name, alert]) => metricRule(name, alert)),
    ],
  };
}

function text(description: string) {
  return { type: 'string', metadata: { description } };
}

function logRule(query: Query, name: string, { severity, every, window, lookBack, each }: LogAlert) {
  return {
    type: 'Microsoft.Insights/scheduledQueryRules',
    apiVersion: '2023-12-01',
    name: `[concat(parameters('prefix'), '-${name}')]`,
    location: "[parameters('location')]",
    tags: "[parameters('tags')]",
    kind: 'LogAlert',
    properties: {
      displayName: query.title,
      description: query.notes,
      enabled: true,
      severity,
      scopes: ["[parameters('workspaceId')]"],
      evaluationFrequency: every,
      windowSize: window,
      ...(lookBack && { overrideQueryTimeRange: lookBack }),
      autoMitigate: true,
      // The tables of a new workspace come with the first records.
      skipQueryValidation: true,
      criteria: {
        allOf: [
          {
            query: query.text,
            timeAggregation: 'Count',
            ...(each && { dimensions: [{ name: each, operator: 'Include', values: ['*'] }] }),
            operator: 'GreaterThan',
            threshold: 0,
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 },
          },
        ],
      },
      actions: { actionGroups: ["[parameters('actionGroupId')]"] },
    },
  };
}

function metricRule(
  name: string,
  { title, notes, severity, every, window, metric, aggregation, entities }: MetricAlert,
) {
  return {
    type: 'Microsoft.Insights/metricAlerts',
    apiVersion: '2018-03-01',
    name: `[concat(parameters('prefix'), '-${name}')]`,
    location: 'global',
    tags: "[parameters('tags')]",
    properties: {
      description: `${title}. ${notes}`,
      enabled: true,
      severity,
      scopes: ["[parameters('serviceBusNamespaceId')]"],
      evaluationFrequency: every,
      windowSize: window,
      autoMitigate: true,
      criteria: {
        'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria',
        allOf: [
          {
            criterionType: 'StaticThresholdCriterion',
            name,
            metricNamespace: 'Microsoft.ServiceBus/namespaces',
            metricName: metric,
            dimensions: [
              {
                name: 'EntityName',
                operator: 'Include',
                values: entities.map((entity) => `[parameters('${entity}')]`),
              },
            ],
            timeAggregation: aggregation,
            operator: 'GreaterThan',
            threshold: 0,
          },
        ],
      },
      actions: [{ actionGroupId: "[parameters('actionGroupId')]" }],
    },
  };
}
