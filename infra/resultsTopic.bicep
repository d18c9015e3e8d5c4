// The topic that results are sent to. Each subscription gets every result; a topic without one would drop them.

import { roleDefinitionId } from 'roles.bicep'

param namespaceName string
param name string

@description('Subscriptions beside recent, one for each consumer.')
param subscriptions string[]

@description('Days after which a result that nobody completed is dead-lettered.')
param resultRetentionDays int

@description('Principal id of the identity of the app.')
param appPrincipalId string

@export()
@description('Someone who may receive from one subscription.')
type reader = {
  principalId: string

  @description('tickets, recent or one of the further subscriptions.')
  subscription: string
}

@description('Who may receive results, each from one subscription.')
param readers reader[]

resource namespace 'Microsoft.ServiceBus/namespaces@2024-01-01' existing = {
  name: namespaceName
}

resource topic 'Microsoft.ServiceBus/namespaces/topics@2024-01-01' = {
  parent: namespace
  name: name
  properties: {}
}

// The namespace changes one entity of a topic at a time.
@batchSize(1)
resource consumer 'Microsoft.ServiceBus/namespaces/topics/subscriptions@2024-01-01' = [
  for subscription in filter(subscriptions, name => name != 'recent'): {
    parent: topic
    name: subscription
    properties: {
      maxDeliveryCount: 10
      lockDuration: 'PT1M'
      defaultMessageTimeToLive: 'P${resultRetentionDays}D'
      // A result that nobody took is kept, and an alert says so; but tickets may have no reader, and would alert for ever.
      deadLetteringOnMessageExpiration: subscription != 'tickets' || contains(
        map(readers, reader => reader.subscription),
        'tickets'
      )
    }
  }
]

// The last day, for people and the command line, who look at results without taking them.
resource recent 'Microsoft.ServiceBus/namespaces/topics/subscriptions@2024-01-01' = {
  parent: topic
  name: 'recent'
  dependsOn: [consumer]
  properties: {
    maxDeliveryCount: 10
    lockDuration: 'PT1M'
    defaultMessageTimeToLive: 'P1D'
    deadLetteringOnMessageExpiration: false
  }
}

resource appSends 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: topic
  name: guid(topic.id, appPrincipalId, 'Azure Service Bus Data Sender')
  properties: {
    roleDefinitionId: roleDefinitionId('Azure Service Bus Data Sender')
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
  }
}

resource readerSubscription 'Microsoft.ServiceBus/namespaces/topics/subscriptions@2024-01-01' existing = [
  for reader in readers: {
    parent: topic
    name: reader.subscription
  }
]

resource readerReceives 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (reader, index) in readers: {
    scope: readerSubscription[index]
    name: guid(readerSubscription[index].id, reader.principalId, 'Azure Service Bus Data Receiver')
    dependsOn: [consumer, recent]
    properties: {
      roleDefinitionId: roleDefinitionId('Azure Service Bus Data Receiver')
      principalId: reader.principalId
    }
  }
]
