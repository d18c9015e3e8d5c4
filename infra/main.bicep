// Everything that the app needs, in one resource group: a queue for requests, a topic for results, the app with its
// identity, what it is watched with, and every role at the smallest scope that serves. No key and no secret anywhere.
// What no template can do: the permission of Microsoft Graph, which an administrator grants (npm run grant).

import { nameOf, resourceGroupOf, subscriptionOf } from 'resourceIds.bicep'
import { reader } from 'resultsTopic.bicep'

targetScope = 'resourceGroup'

@minLength(36)
@maxLength(36)
type uuid = string

@description('Tells one installation from another. Part of tags and names.')
@minLength(1)
@maxLength(64)
param environmentName string

@description('Region of everything new. Empty: that of the resource group.')
param location string = ''

@description('The cloud that this is deployed to: it decides the addresses of Microsoft Graph and Service Bus.')
@allowed(['AzureCloud', 'AzureUSGovernment'])
param cloud string = 'AzureCloud'

@description('Record ids of the partners that may be changed. Empty: all.')
param allowedExternalPartnerIds uuid[] = []

@description('What a request has to say. until: enables only.')
param requiredProperties ('requestedBy' | 'reference' | 'reason' | 'until')[] = []

@description('A regular expression that the whole reference of a request has to match. Empty: none.')
param referencePattern string = ''

@description('Enables need an until, at most so many hours ahead. Not set: no limit.')
@minValue(1)
param longestWindowHours int?

@description('Rejects every enable. Disables, and the ends of windows, pass.')
param freeze bool = false

@description('Principal ids (users, groups, applications, managed identities) that may post requests.')
param requesters uuid[] = []

@description('Who may receive results, each from one subscription.')
param readers reader[] = []

@description('Addresses that get an e-mail for every alert. Empty: alerts show in the portal only.')
@maxLength(1000)
param alertEmails string[] = []

@description('Days that records are kept. An existing workspace keeps its own number.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 90

@description('Name of the queue that requests are posted to.')
@minLength(1)
@maxLength(260)
param requestsQueue string = 'external-partner-requests'

@description('Name of the topic that results are sent to.')
@minLength(1)
@maxLength(260)
param resultsTopic string = 'external-partner-results'

@description('Subscriptions of the topic beside tickets and recent, one for each further consumer.')
@maxLength(1000)
param furtherSubscriptions subscriptionName[] = []

@minLength(1)
@maxLength(50)
type subscriptionName = string

@description('Days after which a result that nobody completed goes to the dead letters of its subscription.')
@minValue(1)
@maxValue(365)
param resultRetentionDays int = 14

@description('Deliveries of one request; the last third of them is kept for a result that does not get through.')
@minValue(1)
@maxValue(2000)
param maxDeliveryCount int = 10

@description('Seconds of waiting and trying inside one delivery.')
@minValue(1)
@maxValue(300)
param retryBudgetSeconds int = 240

@description('Seconds after which a single call of Microsoft Graph is given up.')
@minValue(1)
@maxValue(120)
param graphTimeoutSeconds int = 30

@description('Memory of the instance. Less starts slower and costs less.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@description('Resource id of a Service Bus namespace (Standard or Premium) to use instead of a new one.')
param existingServiceBusNamespaceId string = ''

@description('Resource id of a Log Analytics workspace to use instead of a new one.')
param existingWorkspaceId string = ''

var clouds = {
  AzureCloud: {
    graph: 'https://graph.microsoft.com'
    serviceBus: 'servicebus.windows.net'
  }
  AzureUSGovernment: {
    graph: 'https://graph.microsoft.us'
    serviceBus: 'servicebus.usgovcloudapi.net'
  }
}

var region = empty(location) ? resourceGroup().location : location
var tags = { 'azd-env-name': environmentName }
var token = uniqueString(subscription().id, resourceGroup().id, environmentName)
var appName = 'func-${token}'

var isNewNamespace = empty(existingServiceBusNamespaceId)
var namespaceId = isNewNamespace
  ? resourceId('Microsoft.ServiceBus/namespaces', 'sbns-${token}')
  : existingServiceBusNamespaceId
var namespaceName = nameOf(namespaceId)
var namespaceHost = '${namespaceName}.${clouds[cloud].serviceBus}'

var isNewWorkspace = empty(existingWorkspaceId)
var workspaceId = isNewWorkspace
  ? resourceId('Microsoft.OperationalInsights/workspaces', 'log-${token}')
  : existingWorkspaceId

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-${token}'
  location: region
  tags: tags
}

module serviceBusNamespace 'serviceBusNamespace.bicep' = if (isNewNamespace) {
  name: 'service-bus-namespace'
  params: {
    name: namespaceName
    location: region
    tags: tags
  }
}

module requests 'requestsQueue.bicep' = {
  name: 'requests-queue'
  scope: resourceGroup(subscriptionOf(namespaceId), resourceGroupOf(namespaceId))
  dependsOn: [serviceBusNamespace]
  params: {
    namespaceName: namespaceName
    name: requestsQueue
    maxDeliveryCount: maxDeliveryCount
    appPrincipalId: identity.properties.principalId
    requesters: requesters
  }
}

module results 'resultsTopic.bicep' = {
  name: 'results-topic'
  scope: resourceGroup(subscriptionOf(namespaceId), resourceGroupOf(namespaceId))
  dependsOn: [serviceBusNamespace]
  params: {
    namespaceName: namespaceName
    name: resultsTopic
    furtherSubscriptions: furtherSubscriptions
    resultRetentionDays: resultRetentionDays
    appPrincipalId: identity.properties.principalId
    readers: readers
  }
}

module storage 'storage.bicep' = {
  name: 'storage'
  params: {
    name: 'st${token}'
    location: region
    tags: tags
    appPrincipalId: identity.properties.principalId
  }
}

module workspace 'workspace.bicep' = if (isNewWorkspace) {
  name: 'workspace'
  params: {
    name: nameOf(workspaceId)
    location: region
    tags: tags
    retentionDays: logRetentionDays
  }
}

resource existingWorkspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' existing = if (!isNewWorkspace) {
  scope: resourceGroup(subscriptionOf(workspaceId), resourceGroupOf(workspaceId))
  name: nameOf(workspaceId)
}

module applicationInsights 'applicationInsights.bicep' = {
  name: 'application-insights'
  dependsOn: [workspace]
  params: {
    name: 'appi-${token}'
    location: region
    tags: tags
    workspaceId: workspaceId
    appPrincipalId: identity.properties.principalId
  }
}

module app 'functionApp.bicep' = {
  name: 'function-app'
  params: {
    name: appName
    planName: 'plan-${token}'
    location: region
    tags: tags
    serviceName: 'app'
    instanceMemoryMB: instanceMemoryMB
    identityId: identity.id
    packageContainer: '${storage.outputs.blobEndpoint}/${storage.outputs.packageContainerName}'
    settings: {
      AzureWebJobsStorage__blobServiceUri: storage.outputs.blobEndpoint
      AzureWebJobsStorage__credential: 'managedidentity'
      AzureWebJobsStorage__clientId: identity.properties.clientId
      ServiceBusConnection__fullyQualifiedNamespace: namespaceHost
      ServiceBusConnection__credential: 'managedidentity'
      ServiceBusConnection__clientId: identity.properties.clientId
      REQUESTS_QUEUE: requestsQueue
      RESULTS_TOPIC: resultsTopic
      MAX_DELIVERY_COUNT: string(maxDeliveryCount)
      RETRY_BUDGET_SECONDS: string(retryBudgetSeconds)
      GRAPH_BASE_URL: clouds[cloud].graph
      GRAPH_TIMEOUT_SECONDS: string(graphTimeoutSeconds)
      AZURE_CLIENT_ID: identity.properties.clientId
      APPLICATIONINSIGHTS_CONNECTION_STRING: applicationInsights.outputs.connectionString
      APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'Authorization=AAD;ClientId=${identity.properties.clientId}'
      // Set and blank is no value, and stops the app.
      ...(empty(allowedExternalPartnerIds) ? {} : { ALLOWED_EXTERNAL_PARTNER_IDS: join(allowedExternalPartnerIds, ',') })
      ...(empty(requiredProperties) ? {} : { REQUIRED_PROPERTIES: join(requiredProperties, ',') })
      ...(empty(referencePattern) ? {} : { REFERENCE_PATTERN: referencePattern })
      ...(longestWindowHours == null ? {} : { LONGEST_WINDOW_HOURS: string(longestWindowHours) })
      ...(freeze ? { FREEZE: 'true' } : {})
    }
  }
}

module workbook 'workbook.bicep' = {
  name: 'workbook'
  params: {
    location: region
    tags: tags
    environmentName: environmentName
    workspaceId: workspaceId
    serviceBusNamespaceId: namespaceId
  }
}

module alerts 'alerts.bicep' = {
  name: 'alerts'
  dependsOn: [serviceBusNamespace, workspace]
  params: {
    // Alerts on logs stand in the region of the workspace.
    location: isNewWorkspace ? region : existingWorkspace!.location
    tags: tags
    environmentName: environmentName
    actionGroupName: 'ag-${token}'
    workspaceId: workspaceId
    serviceBusNamespaceId: namespaceId
    requestsQueue: requestsQueue
    resultsTopic: resultsTopic
    emails: alertEmails
  }
}

output AZURE_LOCATION string = region
output AZURE_TENANT_ID string = tenant().tenantId
output AZURE_RESOURCE_GROUP string = resourceGroup().name
output AZURE_FUNCTION_APP_NAME string = appName
output SERVICE_BUS_NAMESPACE string = namespaceHost
output SERVICE_BUS_NAMESPACE_ID string = namespaceId
output REQUESTS_QUEUE string = requestsQueue
output RESULTS_TOPIC string = resultsTopic
output GRAPH_BASE_URL string = clouds[cloud].graph
output IDENTITY_NAME string = identity.name
output IDENTITY_CLIENT_ID string = identity.properties.clientId
output IDENTITY_PRINCIPAL_ID string = identity.properties.principalId
output APPLICATION_INSIGHTS_ID string = applicationInsights.outputs.id
output LOG_ANALYTICS_WORKSPACE_ID string = workspaceId
