// Every alert of operations/alerts.json, and who is told.

param location string
param tags object
param environmentName string
param actionGroupName string
param workspaceId string
param serviceBusNamespaceId string
param requestsQueue string
param resultsTopic string

@description('Addresses that get an e-mail when an alert fires and when it is resolved.')
param emails string[]

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

module rules '../operations/alerts.json' = {
  name: 'alert-rules'
  params: {
    workspaceId: workspaceId
    serviceBusNamespaceId: serviceBusNamespaceId
    requestsQueue: requestsQueue
    resultsTopic: resultsTopic
    actionGroupId: actionGroup.id
    location: location
    prefix: 'external-partner-${environmentName}'
    tags: tags
  }
}
