// The Log Analytics workspace that keeps the records.

param name string
param location string
param tags object

@description('Days that records can be queried.')
param retentionDays int

@description('Days that the events of requests are kept in all.')
param auditRetentionDays int

param lock bool

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    sku: {
      name: 'PerGB2018'
    }
    retentionInDays: retentionDays
    features: {
      disableLocalAuth: true
    }
  }
}

// The tables of Application Insights keep 90 days whatever the workspace says. requestedBy and reason, which may name
// people, stand in the events and in the log lines.
// A workspace changes one table at a time.
@batchSize(1)
resource tables 'Microsoft.OperationalInsights/workspaces/tables@2023-09-01' = [
  for table in [
    'AppDependencies'
    'AppEvents'
    'AppExceptions'
    'AppMetrics'
    'AppPerformanceCounters'
    'AppRequests'
    'AppTraces'
  ]: {
    parent: workspace
    name: table
    properties: {
      retentionInDays: retentionDays
      totalRetentionInDays: table == 'AppEvents' ? max(auditRetentionDays, retentionDays) : retentionDays
    }
  }
]

resource keepWorkspace 'Microsoft.Authorization/locks@2020-05-01' = if (lock) {
  scope: workspace
  name: 'keep'
  properties: {
    level: 'CanNotDelete'
    notes: 'The records of all changes.'
  }
}
