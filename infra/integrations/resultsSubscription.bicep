// A subscription to results that an identity of the installation reads.

import { roleDefinitionId } from '../roles.bicep'

@description('NAMESPACE/TOPIC')
param topic string

param name string

@description('Days after which a result that was not taken is dead-lettered.')
param resultRetentionDays int

@description('Principal id of the identity.')
param principalId string

resource results 'Microsoft.ServiceBus/namespaces/topics@2024-01-01' existing = {
  name: topic
}

resource subscription 'Microsoft.ServiceBus/namespaces/topics/subscriptions@2024-01-01' = {
  parent: results
  name: name
  properties: {
    maxDeliveryCount: 10
    // A Logic App renews it every two minutes.
    lockDuration: 'PT5M'
    defaultMessageTimeToLive: 'P${resultRetentionDays}D'
    deadLetteringOnMessageExpiration: true
  }
}

resource identityReceives 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: subscription
  name: guid(subscription.id, principalId, 'Azure Service Bus Data Receiver')
  properties: {
    roleDefinitionId: roleDefinitionId('Azure Service Bus Data Receiver')
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}
