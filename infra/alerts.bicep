// Who is told, and of what: one rule for each query in operations/alerts, and two on the metrics of Service Bus. Each
// says what to do first, and where to read on.

param location string
param tags object
param environmentName string
param actionGroupName string
param workspaceId string

@description('Resource id of the Application Insights that the app writes to: others may share the workspace.')
param applicationInsightsId string

param serviceBusNamespaceId string
param requestsQueue string
param resultsTopic string

@description('Addresses that get an e-mail when an alert fires and when it is resolved.')
param emails string[]

@description('docs/operating.md as the people who get the alerts can open it.')
param operatingPage string

@description('Minutes in which a request should be done.')
param objectiveMinutes int

type logAlert = {
  query: string

  @description('0, the worst, to 4.')
  severity: int

  @description('How often the query is run.')
  every: string

  @description('How far back it looks; more than a day goes into lookBack.')
  window: string
  lookBack: string?

  @description('One alert for each value of this column, instead of one for all rows.')
  each: string?

  @description('The first command to run.')
  first: string
}

// The window is longer than the interval, so that an event that arrives late is not missed.
var logAlerts { *: logAlert } = {
  failed: {
    query: loadTextContent('../operations/alerts/failed.kql')
    severity: 1
    every: 'PT5M'
    window: 'PT15M'
    each: 'externalPartnerId'
    first: 'npx epc doctor'
  }
  'many-rejected': {
    query: loadTextContent('../operations/alerts/many-rejected.kql')
    severity: 3
    every: 'PT5M'
    window: 'PT15M'
    first: 'npx epc results'
  }
  'window-overdue': {
    query: loadTextContent('../operations/alerts/window-overdue.kql')
    severity: 1
    every: 'PT5M'
    window: 'P1D'
    lookBack: 'P2D'
    each: 'externalPartnerId'
    first: 'npx epc requests'
  }
  'no-heartbeat': {
    query: loadTextContent('../operations/alerts/no-heartbeat.kql')
    severity: 2
    every: 'PT1H'
    window: 'P1D'
    lookBack: 'P2D'
    each: 'externalPartnerId'
    first: 'npx epc partners'
  }
  'objective-missed': {
    query: replace(
      loadTextContent('../operations/alerts/objective-missed.kql'),
      'let objective = 5m;',
      'let objective = ${objectiveMinutes}m;'
    )
    severity: 3
    every: 'PT1H'
    window: 'P1D'
    first: 'npx epc requests'
  }
}

type metricAlert = {
  title: string
  notes: string
  severity: int
  every: string
  window: string
  metric: string
  aggregation: 'Maximum' | 'Minimum'

  @description('Names of queues, or of topics: those stand for all of their subscriptions.')
  entities: string[]
  first: string
}

// What no event tells, since nothing of it reaches the app.
var metricAlerts { *: metricAlert } = {
  'dead-letters': {
    title: 'There are dead letters'
    notes: 'A request that never got an outcome or whose result did not get through, or a result that nobody took.'
    severity: 1
    every: 'PT5M'
    window: 'PT5M'
    metric: 'DeadletteredMessages'
    aggregation: 'Maximum'
    entities: [requestsQueue, resultsTopic]
    first: 'npx epc dead-letters'
  }
  'requests-wait': {
    title: 'Requests wait'
    notes: 'The requests queue was not empty for an hour: the app is down, cannot reach the queue, or lags.'
    severity: 2
    every: 'PT15M'
    window: 'PT1H'
    metric: 'ActiveMessages'
    aggregation: 'Minimum'
    entities: [requestsQueue]
    first: 'npx epc requests'
  }
}

// A query begins with comments: its title, then its notes.
func headerOf(query string) string[] =>
  map(filter(split(query, '\n'), line => startsWith(line, '// ')), line => substring(line, 3))

func nextSteps(name string, command string, page string) string => 'First: ${command}. Then: ${page}#${name}'

resource actionGroup 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: actionGroupName
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'partners'
    emailReceivers: [
      for email in emails: {
        name: email
        emailAddress: email
        useCommonAlertSchema: true
      }
    ]
  }
}

resource logRules 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for alert in items(logAlerts): {
    name: 'external-partner-${environmentName}-${alert.key}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: headerOf(alert.value.query)[0]
      description: '${join(skip(headerOf(alert.value.query), 1), ' ')} ${nextSteps(alert.key, alert.value.first, operatingPage)}'
      enabled: true
      severity: alert.value.severity
      scopes: [workspaceId]
      evaluationFrequency: alert.value.every
      windowSize: alert.value.window
      ...(alert.value.?lookBack == null ? {} : { overrideQueryTimeRange: alert.value.?lookBack })
      autoMitigate: true
      // The tables of a new workspace come with the first records.
      skipQueryValidation: true
      criteria: {
        allOf: [
          {
            query: replace(alert.value.query, 'let component = "*";', 'let component = "${applicationInsightsId}";')
            timeAggregation: 'Count'
            dimensions: alert.value.?each == null
              ? []
              : [
                  {
                    name: alert.value.each!
                    operator: 'Include'
                    values: ['*']
                  }
                ]
            operator: 'GreaterThan'
            threshold: 0
            failingPeriods: {
              numberOfEvaluationPeriods: 1
              minFailingPeriodsToAlert: 1
            }
          }
        ]
      }
      actions: {
        actionGroups: [actionGroup.id]
      }
    }
  }
]

resource metricRules 'Microsoft.Insights/metricAlerts@2018-03-01' = [
  for alert in items(metricAlerts): {
    name: 'external-partner-${environmentName}-${alert.key}'
    location: 'global'
    tags: tags
    properties: {
      description: '${alert.value.title}. ${alert.value.notes} ${nextSteps(alert.key, alert.value.first, operatingPage)}'
      enabled: true
      severity: alert.value.severity
      scopes: [serviceBusNamespaceId]
      evaluationFrequency: alert.value.every
      windowSize: alert.value.window
      autoMitigate: true
      criteria: {
        'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
        allOf: [
          {
            criterionType: 'StaticThresholdCriterion'
            name: alert.key
            metricNamespace: 'Microsoft.ServiceBus/namespaces'
            metricName: alert.value.metric
            dimensions: [
              {
                name: 'EntityName'
                operator: 'Include'
                values: alert.value.entities
              }
            ]
            timeAggregation: alert.value.aggregation
            operator: 'GreaterThan'
            threshold: 0
          }
        ]
      }
      actions: [
        {
          actionGroupId: actionGroup.id
        }
      ]
    }
  }
]

output actionGroupId string = actionGroup.id
