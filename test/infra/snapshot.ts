import { readFileSync } from 'node:fs';

/** What is looked at in the properties of resources of every kind; names are those of Azure. */
export type Properties = {
  // Service Bus
  disableLocalAuth?: boolean;
  requiresSession?: boolean;
  requiresDuplicateDetection?: boolean;
  deadLetteringOnMessageExpiration?: boolean;
  maxDeliveryCount?: number;
  defaultMessageTimeToLive?: string;
  lockDuration?: string;
  // Storage
  allowSharedKeyAccess?: boolean;
  allowBlobPublicAccess?: boolean;
  supportsHttpsTrafficOnly?: boolean;
  minimumTlsVersion?: string;
  publicAccess?: string;
  publicNetworkAccess?: string;
  // Azure Monitor
  DisableLocalAuth?: boolean;
  features?: { disableLocalAuth?: boolean };
  serializedData?: string;
  retentionInDays?: number;
  totalRetentionInDays?: number;
  emailReceivers?: { emailAddress: string }[];
  skipQueryValidation?: boolean;
  scopes?: string[];
  description?: string;
  actions?: { actionGroups?: string[] } | { actionGroupId: string }[];
  criteria?: {
    allOf: { query?: string; metricName?: string; dimensions?: { name: string; values: string[] }[] }[];
  };
  // The app
  httpsOnly?: boolean;
  virtualNetworkSubnetId?: string;
  allow?: boolean;
  siteConfig?: { minTlsVersion?: string; scmMinTlsVersion?: string; ftpsState?: string };
  functionAppConfig?: {
    runtime: { name: string; version: string };
    scaleAndConcurrency: { maximumInstanceCount?: number; alwaysReady?: { instanceCount: number }[] };
  };
  // Logic Apps
  state?: string;
  definition?: unknown;
  // Roles
  roleDefinitionId?: string;
  principalId?: string;
};

export type Resource = {
  id: string;
  type: string;
  name: string;
  sku?: { name: string };
  tags?: Record<string, string>;
  properties?: Properties;
};

/** Every resource of an installation, as the Bicep compiler predicts it. */
export type Snapshot = {
  predictedResources: Resource[];
  outputs: Record<string, string>;
  diagnostics: unknown[];
};

/** Every default, every parameter set, and a second installation beside the first, with what is there already. */
export const snapshots = {
  defaults: readSnapshot('defaults'),
  everything: readSnapshot('everything'),
  second: readSnapshot('second'),
};

function readSnapshot(name: string): Snapshot {
  return JSON.parse(readFileSync(`infra/snapshots/${name}.snapshot.json`, 'utf8'));
}

export function resourcesOf({ predictedResources }: Snapshot, type: string): Resource[] {
  return predictedResources.filter((resource) => resource.type === type);
}

/** The properties of every resource of a type, and what to call it. */
export function propertiesOf(snapshot: Snapshot, type: string): { name: string; properties: Properties }[] {
  return resourcesOf(snapshot, type).map(({ name, properties = {} }) => ({ name, properties }));
}

/** The environment of the app. What only Azure knows is an expression in brackets. */
export function settingsOf(snapshot: Snapshot): Record<string, string> {
  const settings = snapshot.predictedResources.find(({ id }) => id.endsWith('/config/appsettings'));
  return (settings?.properties ?? {}) as Record<string, string>;
}
