import type { Columns } from '../helpers/kusto.ts';

const common: Columns = {
  AppRoleInstance: 'string',
  AppRoleName: 'string',
  AppVersion: 'string',
  ClientBrowser: 'string',
  ClientCity: 'string',
  ClientCountryOrRegion: 'string',
  ClientIP: 'string',
  ClientModel: 'string',
  ClientOS: 'string',
  ClientStateOrProvince: 'string',
  ClientType: 'string',
  IKey: 'string',
  ItemCount: 'int',
  Measurements: 'dynamic',
  OperationId: 'string',
  OperationName: 'string',
  ParentId: 'string',
  Properties: 'dynamic',
  ResourceGUID: 'string',
  SDKVersion: 'string',
  SessionId: 'string',
  SourceSystem: 'string',
  SyntheticSource: 'string',
  TenantId: 'string',
  TimeGenerated: 'datetime',
  Type: 'string',
  UserAccountId: 'string',
  UserAuthenticatedId: 'string',
  UserId: 'string',
  _BilledSize: 'real',
  _IsBillable: 'string',
  _ResourceId: 'string',
  _SubscriptionId: 'string',
};

const referenced: Columns = { ReferencedItemId: 'string', ReferencedType: 'string' };

const call: Columns = {
  DurationMs: 'real',
  Id: 'string',
  Name: 'string',
  ResultCode: 'string',
  Success: 'bool',
};

/**
 * The tables of a workspace-based Application Insights resource, and Graph's activity log. Source: "Azure Monitor Logs
 * reference".
 */
export const tables = {
  AppEvents: { ...common, Name: 'string' },
  AppDependencies: {
    ...common,
    ...referenced,
    ...call,
    Data: 'string',
    DependencyType: 'string',
    Target: 'string',
  },
  AppRequests: { ...common, ...referenced, ...call, Source: 'string', Url: 'string' },
  // With diagnostic settings of the tenant.
  MicrosoftGraphActivityLogs: {
    AadTenantId: 'string',
    ApiVersion: 'string',
    AppId: 'string',
    ClientAuthMethod: 'int',
    ClientRequestId: 'string',
    DurationMs: 'int',
    IPAddress: 'string',
    OperationId: 'string',
    RequestId: 'string',
    RequestMethod: 'string',
    RequestUri: 'string',
    ResponseStatusCode: 'int',
    Roles: 'string',
    Scopes: 'string',
    ServicePrincipalId: 'string',
    TenantId: 'string',
    TimeGenerated: 'datetime',
    UserAgent: 'string',
    UserId: 'string',
  },
  AppTraces: { ...common, ...referenced, Message: 'string', SeverityLevel: 'int' },
} satisfies Record<string, Columns>;
