// The queue that requests are posted to, and who may: requesters send, the app owns it. Nobody else has a role here.

import { roleDefinitionId } from 'roles.bicep'

param namespaceName string
param name string

@description('After so many deliveries without an outcome a request is dead-lettered. The app has to know the number.')
param maxDeliveryCount int

@description('Principal id of the identity of the app.')
param appPrincipalId string

@description('Principal ids of those who may post requests.')
param requesters string[]

@description('Principal ids of identities that are part of the installation and post requests too.')
param integrations string[]

resource namespace 'Microsoft.ServiceBus/namespaces@2024-01-01' existing = {
  name: namespaceName
}

resource queue 'Microsoft.ServiceBus/namespaces/queues@2024-01-01' = {
  parent: namespace
  name: name
  properties: {
    // One partner's requests stay in order.
    requiresSession: true
    // A sender that is not sure may send again under the same MessageId.
    requiresDuplicateDetection: true
    duplicateDetectionHistoryTimeWindow: 'PT10M'
    maxDeliveryCount: maxDeliveryCount
    // The app renews it for as long as it works on a request.
    lockDuration: 'PT1M'
    // What is not applied in its time is kept for people to look at, not dropped.
    deadLetteringOnMessageExpiration: true
  }
}

// It receives requests, and sends the ends of windows. Owner, since the scaler of the Functions platform counts messages
// with this identity: without the right to manage the queue it peeks at ten, and an app at zero sleeps on if all ten are
// scheduled for later.
resource appOwns 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: queue
  name: guid(queue.id, appPrincipalId, 'Azure Service Bus Data Owner')
  properties: {
    roleDefinitionId: roleDefinitionId('Azure Service Bus Data Owner')
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
  }
}

resource integrationSends 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for principalId in integrations: {
    scope: queue
    name: guid(queue.id, principalId, 'Azure Service Bus Data Sender')
    properties: {
      roleDefinitionId: roleDefinitionId('Azure Service Bus Data Sender')
      principalId: principalId
      principalType: 'ServicePrincipal'
    }
  }
]

resource requesterSends 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for requester in requesters: {
    scope: queue
    name: guid(queue.id, requester, 'Azure Service Bus Data Sender')
    properties: {
      roleDefinitionId: roleDefinitionId('Azure Service Bus Data Sender')
      principalId: requester
    }
  }
]
