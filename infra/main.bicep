// Everything that the app needs, in one resource group: a queue for requests, a topic for results, the app with its
// identity, what it is watched with, and every role at the smallest scope that serves. No key and no secret anywhere.
// What no template can do: the permission of Microsoft Graph, which an administrator grants (npx epc grant).

import { recurringWindow } from 'integrations/recurringWindows.bicep'
import { uniqueOf } from 'lists.bicep'
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

@description('Tags of everything new, beside the one by which azd finds it.')
param tags object = {}

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

@description('Windows that open again and again, each by a Logic App.')
param recurringWindows recurringWindow[] = []

@description('Days on which no recurring window opens, as yyyy-MM-dd.')
param holidays string[] = []

@description('A web address that gets each result as JSON, such as that of an automation of Jira or a flow of ServiceNow. Empty: none.')
@secure()
param resultsWebhookUrl string = ''

@description('Address of a workflow of Teams that gets each result as a card. Empty: none.')
@secure()
param teamsWebhookUrl string = ''

@description('Where alerts send people: docs/operating.md as they can open it.')
param operatingPage string = 'docs/operating.md'

@description('Minutes in which a request should be done, waiting and starting the app included.')
@minValue(1)
param objectiveMinutes int = 5

@description('Days that records can be queried. An existing workspace keeps its own number.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 90

@description('Days that the events of requests are kept in all, in the archive once logRetentionDays are over: up to 730, or whole years in days as Azure Monitor has them. Not set: logRetentionDays.')
@minValue(30)
@maxValue(4383)
param auditRetentionDays int?

@description('Name of the queue that requests are posted to. Empty: external-partner-requests, in an existing namespace followed by the name of the environment, so that two installations do not share one.')
@maxLength(260)
param requestsQueue string = ''

@description('Name of the topic that results are sent to. Empty: external-partner-results, as above.')
@maxLength(260)
param resultsTopic string = ''

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

@description('1 keeps promises that two instances cannot (docs/faults.md, What stays open). A region that refuses it takes 40.')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int = 1

@description('Memory of the instance. Less starts slower and costs less.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@description('Resource id of a Service Bus namespace (Standard or Premium) to use instead of a new one.')
param existingServiceBusNamespaceId string = ''

@description('Resource id of a Log Analytics workspace to use instead of a new one.')
param existingWorkspaceId string = ''

@description('A virtual network for the app, in which the namespace and the storage account have private endpoints and beside which nobody reaches them. A new namespace is Premium then; an existing one stays as it is.')
param privateNetworking bool = false

@description('Spreads the app, its storage account and a new Premium namespace over the availability zones of the region.')
param zoneRedundant bool = false

@description('Sends the logs and metrics of a new namespace to the workspace.')
param namespaceDiagnostics bool = false

@description('Nobody deletes a new namespace, a new workspace or the storage account by mistake. Needs the right to make locks.')
param locks bool = false

@description('Tells the addresses of alertEmails once the group costs 80 % of this in a month, in the currency of the subscription, or will cost all of it. Not set: no budget.')
@minValue(1)
param monthlyBudget int?

@description('First day of a month: the one in which the budget starts.')
param budgetStart string = utcNow('yyyy-MM-01')

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
var allTags = union(tags, { 'azd-env-name': environmentName })
var token = uniqueString(subscription().id, resourceGroup().id, environmentName)
var appName = 'func-${token}'

var isNewNamespace = empty(existingServiceBusNamespaceId)
var namespaceId = isNewNamespace
  ? resourceId('Microsoft.ServiceBus/namespaces', 'sbns-${token}')
  : existingServiceBusNamespaceId
var namespaceName = nameOf(namespaceId)
var namespaceHost = '${namespaceName}.${clouds[cloud].serviceBus}'

var hasIntegratedResults = !empty(resultsWebhookUrl) || !empty(teamsWebhookUrl)

var blobZone = 'privatelink.blob.${environment().suffixes.storage}'
var serviceBusZone = 'privatelink.${clouds[cloud].serviceBus}'

var entitySuffix = isNewNamespace ? '' : '-${environmentName}'
var queueName = empty(requestsQueue) ? 'external-partner-requests${entitySuffix}' : requestsQueue
var topicName = empty(resultsTopic) ? 'external-partner-results${entitySuffix}' : resultsTopic

var applicationInsightsId = resourceId('Microsoft.Insights/components', 'appi-${token}')

var isNewWorkspace = empty(existingWorkspaceId)
var workspaceId = isNewWorkspace
  ? resourceId('Microsoft.OperationalInsights/workspaces', 'log-${token}')
  : existingWorkspaceId

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-${token}'
  location: region
  tags: allTags
}

module network 'network.bicep' = if (privateNetworking) {
  params: {
    name: 'vnet-${token}'
    location: region
    tags: allTags
    // An existing namespace may have a zone of its own: one without its address would hide it.
    zones: concat([blobZone], isNewNamespace ? [serviceBusZone] : [])
  }
}

module serviceBusNamespace 'serviceBusNamespace.bicep' = if (isNewNamespace) {
  params: {
    name: namespaceName
    location: region
    tags: allTags
    isPrivate: privateNetworking
    zoneRedundant: zoneRedundant
    lock: locks
    diagnosticsWorkspaceId: namespaceDiagnostics ? workspaceId : ''
  }
  dependsOn: [workspace]
}

module namespaceEndpoint 'privateEndpoint.bicep' = if (privateNetworking && isNewNamespace) {
  params: {
    name: 'pe-sbns-${token}'
    location: region
    tags: allTags
    targetId: namespaceId
    groupId: 'namespace'
    subnetId: network!.outputs.endpointSubnetId
    zoneId: resourceId('Microsoft.Network/privateDnsZones', serviceBusZone)
  }
  dependsOn: [serviceBusNamespace]
}

module requests 'requestsQueue.bicep' = {
  scope: resourceGroup(subscriptionOf(namespaceId), resourceGroupOf(namespaceId))
  dependsOn: [serviceBusNamespace]
  params: {
    namespaceName: namespaceName
    name: queueName
    maxDeliveryCount: maxDeliveryCount
    appPrincipalId: identity.properties.principalId
    requesters: uniqueOf(requesters)
    integrations: empty(recurringWindows) ? [] : [schedulesIdentity!.properties.principalId]
  }
}

module results 'resultsTopic.bicep' = {
  scope: resourceGroup(subscriptionOf(namespaceId), resourceGroupOf(namespaceId))
  dependsOn: [serviceBusNamespace]
  params: {
    namespaceName: namespaceName
    name: topicName
    subscriptions: uniqueOf(concat(['tickets'], furtherSubscriptions))
    resultRetentionDays: resultRetentionDays
    appPrincipalId: identity.properties.principalId
    readers: union(
      map(readers, reader => {
        subscription: toLower(reader.subscription)
        principalId: toLower(reader.principalId)
      }),
      []
    )
  }
}

module storage 'storage.bicep' = {
  params: {
    name: 'st${token}'
    location: region
    tags: allTags
    appPrincipalId: identity.properties.principalId
    zoneRedundant: zoneRedundant
    isPrivate: privateNetworking
    lock: locks
  }
}

module storageEndpoint 'privateEndpoint.bicep' = if (privateNetworking) {
  params: {
    name: 'pe-st-${token}'
    location: region
    tags: allTags
    targetId: storage.outputs.id
    groupId: 'blob'
    subnetId: network!.outputs.endpointSubnetId
    zoneId: resourceId('Microsoft.Network/privateDnsZones', blobZone)
  }
}

module workspace 'workspace.bicep' = if (isNewWorkspace) {
  params: {
    name: nameOf(workspaceId)
    location: region
    tags: allTags
    retentionDays: logRetentionDays
    auditRetentionDays: auditRetentionDays ?? logRetentionDays
    lock: locks
  }
}

resource existingWorkspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' existing = if (!isNewWorkspace) {
  scope: resourceGroup(subscriptionOf(workspaceId), resourceGroupOf(workspaceId))
  name: nameOf(workspaceId)
}

module applicationInsights 'applicationInsights.bicep' = {
  dependsOn: [workspace]
  params: {
    name: nameOf(applicationInsightsId)
    location: region
    tags: allTags
    workspaceId: workspaceId
    appPrincipalId: identity.properties.principalId
  }
}

module app 'functionApp.bicep' = {
  // It finds neither its package nor its queue without them.
  dependsOn: [storageEndpoint, namespaceEndpoint]
  params: {
    name: appName
    planName: 'plan-${token}'
    location: region
    tags: allTags
    serviceName: 'app'
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    zoneRedundant: zoneRedundant
    subnetId: privateNetworking ? network!.outputs.appSubnetId : ''
    identityId: identity.id
    packageContainer: '${storage.outputs.blobEndpoint}/${storage.outputs.packageContainerName}'
    settings: {
      AzureWebJobsStorage__blobServiceUri: storage.outputs.blobEndpoint
      AzureWebJobsStorage__credential: 'managedidentity'
      AzureWebJobsStorage__clientId: identity.properties.clientId
      ServiceBusConnection__fullyQualifiedNamespace: namespaceHost
      ServiceBusConnection__credential: 'managedidentity'
      ServiceBusConnection__clientId: identity.properties.clientId
      REQUESTS_QUEUE: queueName
      RESULTS_TOPIC: topicName
      MAX_DELIVERY_COUNT: string(maxDeliveryCount)
      RETRY_BUDGET_SECONDS: string(retryBudgetSeconds)
      GRAPH_BASE_URL: clouds[cloud].graph
      GRAPH_TIMEOUT_SECONDS: string(graphTimeoutSeconds)
      AZURE_CLIENT_ID: identity.properties.clientId
      APPLICATIONINSIGHTS_CONNECTION_STRING: applicationInsights.outputs.connectionString
      APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'Authorization=AAD;ClientId=${identity.properties.clientId}'
      // Set and blank, the first one stops the app.
      ...(empty(allowedExternalPartnerIds) ? {} : { ALLOWED_EXTERNAL_PARTNER_IDS: join(allowedExternalPartnerIds, ',') })
      ...(empty(requiredProperties) ? {} : { REQUIRED_PROPERTIES: join(union(requiredProperties, []), ',') })
      ...(empty(referencePattern) ? {} : { REFERENCE_PATTERN: referencePattern })
      ...(longestWindowHours == null ? {} : { LONGEST_WINDOW_HOURS: string(longestWindowHours) })
      ...(freeze ? { FREEZE: 'true' } : {})
    }
  }
}

module workbook 'workbook.bicep' = {
  params: {
    location: region
    tags: allTags
    environmentName: environmentName
    workspaceId: workspaceId
    serviceBusNamespaceId: namespaceId
    applicationInsightsId: applicationInsightsId
    objectiveMinutes: objectiveMinutes
  }
}

module alerts 'alerts.bicep' = {
  dependsOn: [serviceBusNamespace, workspace, applicationInsights]
  params: {
    // Alerts on logs stand in the region of the workspace.
    location: isNewWorkspace ? region : existingWorkspace!.location
    tags: allTags
    environmentName: environmentName
    actionGroupName: 'ag-${token}'
    workspaceId: workspaceId
    serviceBusNamespaceId: namespaceId
    requestsQueue: queueName
    resultsTopic: topicName
    emails: uniqueOf(alertEmails)
    applicationInsightsId: applicationInsightsId
    operatingPage: operatingPage
    objectiveMinutes: objectiveMinutes
  }
}

resource resultsIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = if (hasIntegratedResults) {
  name: 'id-results-${token}'
  location: region
  tags: allTags
}

module webhookSubscription 'integrations/resultsSubscription.bicep' = if (!empty(resultsWebhookUrl)) {
  scope: resourceGroup(subscriptionOf(namespaceId), resourceGroupOf(namespaceId))
  dependsOn: [results]
  params: {
    topic: '${namespaceName}/${topicName}'
    name: 'webhook'
    resultRetentionDays: resultRetentionDays
    principalId: resultsIdentity!.properties.principalId
  }
}

// The namespace changes one entity of a topic at a time.
module teamsSubscription 'integrations/resultsSubscription.bicep' = if (!empty(teamsWebhookUrl)) {
  scope: resourceGroup(subscriptionOf(namespaceId), resourceGroupOf(namespaceId))
  dependsOn: [results, webhookSubscription]
  params: {
    topic: '${namespaceName}/${topicName}'
    name: 'teams'
    resultRetentionDays: resultRetentionDays
    principalId: resultsIdentity!.properties.principalId
  }
}

module resultsIntegrations 'integrations/results.bicep' = if (hasIntegratedResults) {
  dependsOn: [webhookSubscription, teamsSubscription]
  params: {
    location: region
    tags: allTags
    prefix: 'external-partner-${environmentName}'
    connectionName: 'servicebus-${token}'
    identityId: resultsIdentity.id
    namespaceHost: namespaceHost
    resultsTopic: topicName
    webhookUrl: resultsWebhookUrl
    teamsUrl: teamsWebhookUrl
    actionGroupId: alerts.outputs.actionGroupId
    guidePage: replace(operatingPage, 'operating.md', 'guides/tickets.md')
  }
}

resource schedulesIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = if (!empty(recurringWindows)) {
  name: 'id-schedules-${token}'
  location: region
  tags: allTags
}

module schedules 'integrations/recurringWindows.bicep' = if (!empty(recurringWindows)) {
  params: {
    location: region
    tags: allTags
    prefix: 'external-partner-${environmentName}'
    windows: recurringWindows
    holidays: holidays
    identityId: schedulesIdentity.id
    namespaceHost: namespaceHost
    requestsQueue: queueName
    actionGroupId: alerts.outputs.actionGroupId
    guidePage: replace(operatingPage, 'operating.md', 'guides/schedules.md')
  }
}

module budget 'budget.bicep' = if (monthlyBudget != null) {
  params: {
    name: 'budget-${token}'
    amount: monthlyBudget ?? 0
    start: budgetStart
    actionGroupId: alerts.outputs.actionGroupId
  }
}

output AZURE_LOCATION string = region
output AZURE_TENANT_ID string = tenant().tenantId
output AZURE_RESOURCE_GROUP string = resourceGroup().name
output AZURE_FUNCTION_APP_NAME string = appName
output FUNCTION_APP_ID string = resourceId('Microsoft.Web/sites', appName)
// Who has a role since this deployment, for the doctor.
output DEPLOYED_REQUESTERS string = join(
  concat(uniqueOf(requesters), empty(recurringWindows) ? [] : [schedulesIdentity!.properties.principalId]),
  ','
)
output DEPLOYED_READERS string = join(
  concat(
    uniqueOf(map(readers, reader => '${reader.subscription}=${reader.principalId}')),
    hasIntegratedResults
      ? map(['webhook', 'teams'], name => '${name}=${resultsIdentity!.properties.principalId}')
      : []
  ),
  ','
)
output SERVICE_BUS_NAMESPACE string = namespaceHost
output SERVICE_BUS_NAMESPACE_ID string = namespaceId
output REQUESTS_QUEUE string = queueName
output RESULTS_TOPIC string = topicName
output GRAPH_BASE_URL string = clouds[cloud].graph
output IDENTITY_NAME string = identity.name
output IDENTITY_CLIENT_ID string = identity.properties.clientId
output IDENTITY_PRINCIPAL_ID string = identity.properties.principalId
output APPLICATION_INSIGHTS_ID string = applicationInsightsId
output LOG_ANALYTICS_WORKSPACE_ID string = workspaceId
// Where the open windows are: epc requests and epc status show them.
output STORAGE_BLOB_ENDPOINT string = storage.outputs.blobEndpoint
