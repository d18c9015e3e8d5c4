/** Environment variables as a person sets them for azd, blanks and all. */
export const exampleVariables: Readonly<Record<string, string>> = {
  AZURE_ENV_NAME: 'test',
  AZURE_LOCATION: 'westeurope',
  AZURE_CLOUD: 'AzureUSGovernment',
  ALLOWED_EXTERNAL_PARTNER_IDS: 'b3548526-e615-3785-3118-be70b3968ec5',
  REQUIRED_PROPERTIES: 'reference, until',
  REFERENCE_PATTERN: '[A-Z]{3}[0-9]+[0-9]',
  LONGEST_WINDOW_HOURS: '72',
  FREEZE: 'true',
  MAXIMUM_INSTANCE_COUNT: '40',
  REQUESTERS: '11111111-1111-4111-8111-111111111111, 22222222-2222-4222-8222-222222222222,',
  READERS: 'tickets=33333333-3333-4333-8333-333333333333, audit = 44444444-4444-4444-8444-444444444444',
  FURTHER_SUBSCRIPTIONS: ' audit ',
  ALERT_EMAILS: '',
  OPERATING_PAGE: '',
  EXISTING_SERVICE_BUS_NAMESPACE_ID: '/subscriptions/namespace',
  EXISTING_WORKSPACE_ID: '/subscriptions/workspace',
};

/** The parameters that infra/main.bicepparam makes of {@link exampleVariables}. */
export const exampleParameters: Readonly<Record<string, unknown>> = {
  environmentName: 'test',
  location: 'westeurope',
  cloud: 'AzureUSGovernment',
  allowedExternalPartnerIds: ['b3548526-e615-3785-3118-be70b3968ec5'],
  requiredProperties: ['reference', 'until'],
  referencePattern: '[A-Z]{3}[0-9]+[0-9]',
  longestWindowHours: 72,
  freeze: true,
  maximumInstanceCount: 40,
  requesters: ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'],
  readers: [
    { subscription: 'tickets', principalId: '33333333-3333-4333-8333-333333333333' },
    { subscription: 'audit', principalId: '44444444-4444-4444-8444-444444444444' },
  ],
  furtherSubscriptions: ['audit'],
  alertEmails: [],
  operatingPage: 'docs/operating.md',
  existingServiceBusNamespaceId: '/subscriptions/namespace',
  existingWorkspaceId: '/subscriptions/workspace',
};
