// Every parameter with another value than its default, except for those in second.bicepparam.

using '../main.bicep'

param environmentName = 'everything'
param location = 'usgovvirginia'
param cloud = 'AzureUSGovernment'
param tags = { costCenter: '4711' }
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
  // Once is enough, whatever the case.
  '22222222-2222-4222-8222-222222222222'
]
param readers = [
  { subscription: 'tickets', principalId: '33333333-3333-4333-8333-333333333333' }
  { subscription: 'recent', principalId: '44444444-4444-4444-8444-444444444444' }
  { subscription: 'Tickets', principalId: '33333333-3333-4333-8333-333333333333' }
  { subscription: 'audit', principalId: '55555555-5555-4555-8555-555555555555' }
]
param alertEmails = ['operations@contoso.example', 'partners@contoso.example', 'Operations@contoso.example']
param operatingPage = 'https://contoso.example/docs/operating.md'
param objectiveMinutes = 10
param logRetentionDays = 30
param auditRetentionDays = 2556
param requestsQueue = 'partner-requests'
param resultsTopic = 'partner-results'
param furtherSubscriptions = ['audit', 'recent', 'Audit']
param resultRetentionDays = 30
param maxDeliveryCount = 20
param retryBudgetSeconds = 120
param graphTimeoutSeconds = 60
param maximumInstanceCount = 40
param instanceMemoryMB = 512
param privateNetworking = true
param zoneRedundant = true
param namespaceDiagnostics = true
param locks = true
param monthlyBudget = 1000
param budgetStart = '2026-01-01'
param recurringWindows = [
  {
    name: 'office-hours'
    externalPartnerId: 'b3548526-e615-3785-3118-be70b3968ec5'
    days: ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday']
    from: '08:00'
    to: '18:00'
    timeZone: 'W. Europe Standard Time'
    reason: '@home, @{office} hours'
    reference: 'CHG0031337'
  }
  {
    name: 'maintenance'
    externalPartnerId: 'B3548526-E615-3785-3118-BE70B3968EC5'
    days: ['Saturday']
    from: '22:30'
    to: '02:00'
    timeZone: 'UTC'
    paused: true
  }
]
param holidays = ['2026-12-25', '2027-01-01']
param resultsWebhookUrl = 'https://hooks.contoso.example/results'
param teamsWebhookUrl = 'https://teams.contoso.example/workflows/1'
