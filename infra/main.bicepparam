// What differs from one installation to the next, from environment variables: `azd env set NAME VALUE`, or the
// variables of the workflow. Everything else has a default in main.bicep and can be set here.

using 'main.bicep'

import { boolOf, intOf, listOf, textOf } from 'variables.bicep'

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'production')
param location = readEnvironmentVariable('AZURE_LOCATION', '')

// AzureUSGovernment: set it for azd too, `azd config set cloud.name AzureUSGovernment`.
param cloud = readEnvironmentVariable('AZURE_CLOUD', 'AzureCloud')

// Lists are separated by commas.
param allowedExternalPartnerIds = listOf(readEnvironmentVariable('ALLOWED_EXTERNAL_PARTNER_IDS', ''))
param requiredProperties = any(listOf(readEnvironmentVariable('REQUIRED_PROPERTIES', '')))
param requesters = listOf(readEnvironmentVariable('REQUESTERS', ''))
param furtherSubscriptions = listOf(readEnvironmentVariable('FURTHER_SUBSCRIPTIONS', ''))
param alertEmails = listOf(readEnvironmentVariable('ALERT_EMAILS', ''))

// Where results go, beside the subscriptions.
param resultsWebhookUrl = readEnvironmentVariable('RESULTS_WEBHOOK_URL', '')
param teamsWebhookUrl = readEnvironmentVariable('TEAMS_WEBHOOK_URL', '')

// The address of docs/operating.md, for the texts of alerts.
param operatingPage = textOf(readEnvironmentVariable('OPERATING_PAGE', ''), 'docs/operating.md')

// Empty is not set: the workflow hands over every variable.
param referencePattern = readEnvironmentVariable('REFERENCE_PATTERN', '')
param longestWindowHours = intOf(readEnvironmentVariable('LONGEST_WINDOW_HOURS', ''))
param freeze = boolOf(readEnvironmentVariable('FREEZE', ''))

// A region that refuses 1 takes 40.
param maximumInstanceCount = intOf(readEnvironmentVariable('MAXIMUM_INSTANCE_COUNT', '')) ?? 1

// SUBSCRIPTION=PRINCIPAL_ID, such as tickets=11111111-1111-4111-8111-111111111111.
param readers = map(listOf(readEnvironmentVariable('READERS', '')), reader => {
  subscription: trim(first(split(reader, '=')))
  principalId: trim(last(split(reader, '=')))
})

param existingServiceBusNamespaceId = readEnvironmentVariable('EXISTING_SERVICE_BUS_NAMESPACE_ID', '')
param existingWorkspaceId = readEnvironmentVariable('EXISTING_WORKSPACE_ID', '')
