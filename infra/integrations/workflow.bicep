// A Logic App that signs in as an identity, and an alert for the runs of it that fail.

param name string
param location string
param tags object

@description('Resource id of the identity that it signs in as.')
param identityId string

@description('A workflow definition.')
param definition object

@description('Values of the parameters of the definition, by name: { NAME: { value: VALUE } }.')
@secure()
param parameters object = {}

param isPaused bool = false
param actionGroupId string

@description('What to do about a failed run.')
param failureText string

resource workflow 'Microsoft.Logic/workflows@2019-05-01' = {
  name: name
  location: location
  tags: tags
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    state: isPaused ? 'Disabled' : 'Enabled'
    definition: definition
    parameters: parameters
  }
}

resource failedRuns 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: '${name}-failed'
  location: 'global'
  tags: tags
  properties: {
    description: failureText
    enabled: true
    severity: 2
    scopes: [workflow.id]
    evaluationFrequency: 'PT15M'
    windowSize: 'PT15M'
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'failed-runs'
          metricNamespace: 'Microsoft.Logic/workflows'
          metricName: 'RunsFailed'
          timeAggregation: 'Total'
          operator: 'GreaterThan'
          threshold: 0
        }
      ]
    }
    actions: [
      {
        actionGroupId: actionGroupId
      }
    ]
  }
}
