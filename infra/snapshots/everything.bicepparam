// Every parameter with another value than its default: an example, and the second installation that is checked.

using '../main.bicep'

param environmentName = 'everything'
param location = 'usgovvirginia'
param cloud = 'AzureUSGovernment'
param allowedExternalPartnerIds = [
  'b3548526-e615-3785-3118-be70b3968ec5'
  '5f0c1e0b-1f6e-4a57-9d43-3f6a54a3a1de'
]
param requiredProperties = ['reference', 'requestedBy', 'until']
param referencePattern = '[A-Z]{3}[0-9]+[0-9]'
param longestWindowHours = 72
param freeze = true
param requesters = [
  '11111111-1111-4111-8111-111111111111'
  '22222222-2222-4222-8222-222222222222'
]
param readers = [
  { subscription: 'tickets', principalId: '33333333-3333-4333-8333-333333333333' }
  { subscription: 'recent', principalId: '44444444-4444-4444-8444-444444444444' }
  { subscription: 'audit', principalId: '55555555-5555-4555-8555-555555555555' }
]
param alertEmails = ['operations@contoso.example', 'partners@contoso.example']
param logRetentionDays = 365
param requestsQueue = 'partner-requests'
param resultsTopic = 'partner-results'
param furtherSubscriptions = ['audit']
param resultRetentionDays = 30
param maxDeliveryCount = 20
param retryBudgetSeconds = 120
param graphTimeoutSeconds = 60
param instanceMemoryMB = 512
param existingServiceBusNamespaceId = '/subscriptions/66666666-6666-4666-8666-666666666666/resourceGroups/rg-messaging/providers/Microsoft.ServiceBus/namespaces/contoso'
param existingWorkspaceId = '/subscriptions/77777777-7777-4777-8777-777777777777/resourceGroups/rg-logs/providers/Microsoft.OperationalInsights/workspaces/contoso'
