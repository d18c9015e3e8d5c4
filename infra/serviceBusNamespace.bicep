// The namespace that carries requests and results. Nobody gets in with a key: local authentication is off.

param name string
param location string
param tags object

@description('Reached by private endpoints only: Premium has those.')
param isPrivate bool

param zoneRedundant bool
param lock bool

@description('Resource id of the workspace that gets its logs and metrics. Empty: none.')
param diagnosticsWorkspaceId string

resource namespace 'Microsoft.ServiceBus/namespaces@2024-01-01' = {
  name: name
  location: location
  tags: tags
  sku: {
    // Basic has no sessions, no duplicate detection and no topics.
    name: isPrivate ? 'Premium' : 'Standard'
    tier: isPrivate ? 'Premium' : 'Standard'
    ...(isPrivate ? { capacity: 1 } : {})
  }
  properties: {
    disableLocalAuth: true
    minimumTlsVersion: '1.2'
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    ...(isPrivate ? { zoneRedundant: zoneRedundant } : {})
  }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (!empty(diagnosticsWorkspaceId)) {
  scope: namespace
  name: 'workspace'
  properties: {
    workspaceId: diagnosticsWorkspaceId
    logs: [
      {
        categoryGroup: 'allLogs'
        enabled: true
      }
    ]
    metrics: [
      {
        category: 'AllMetrics'
        enabled: true
      }
    ]
  }
}

resource keepNamespace 'Microsoft.Authorization/locks@2020-05-01' = if (lock) {
  scope: namespace
  name: 'keep'
  properties: {
    level: 'CanNotDelete'
    notes: 'Requests wait here, and results.'
  }
}
