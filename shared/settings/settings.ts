import { type Environment, readEnvironment, type SettingName, whatToSet } from './environment.ts';
import type { Policy } from './policySettings.ts';
import { readServiceBus, type ServiceBusSettings } from './serviceBusSettings.ts';
import {
  readAuthenticationString,
  readConnectionString,
  type TelemetrySettings,
} from './telemetrySettings.ts';

/** Everything the app reads from its environment, checked. */
export type Settings = {
  readonly maxDeliveryCount: number;
  readonly retryBudgetMs: number;
  readonly graphBaseUrl: URL;
  readonly graphTimeoutMs: number;
  /** Client id of a user-assigned identity; absent: the system-assigned one. */
  readonly identityClientId?: string;
  /** Lower-case record ids; absent: every partner is allowed. */
  readonly allowedExternalPartnerIds?: ReadonlySet<string>;
  /** What this installation asks of requests. */
  readonly policy: Policy;
  readonly requestsQueue: string;
  /** Where windows are remembered, and where their ends are sent; absent: there are no windows. */
  readonly windows?: {
    readonly storage: { readonly serviceUri: URL; readonly clientId?: string };
    readonly serviceBus: ServiceBusSettings;
  };
  readonly applicationInsights?: TelemetrySettings;
  /** Under which names this process reports to Application Insights: those of the Functions host, which lower-cases the first. */
  readonly role: { readonly name: string; readonly instance: string };
  /** What is wrong and yet no reason not to start: telemetry never prevents a request. */
  readonly warning?: string;
};

/** The environment does not say what the app needs; the message lists every setting to fix. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** A blank value counts as absent, unless absence would widen what is allowed. */
function isPresent([name, value]: [string, string | undefined]): boolean {
  return value !== undefined && (name === 'ALLOWED_EXTERNAL_PARTNER_IDS' || value.trim() !== '');
}

/**
 * Reads and checks the app's settings.
 *
 * @throws {SettingsError} naming every setting that is missing or malformed and what to set; never its value,
 * which may be a secret.
 */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const present = Object.fromEntries(Object.entries(env).filter(isPresent));
  const read = readEnvironment(present);
  const problems = (read.wrong ?? []).map(
    (name) => `${name} is ${name in present ? 'malformed' : 'missing'}: set ${whatToSet(name)}`,
  );
  if (!present.ServiceBusConnection && !present.ServiceBusConnection__fullyQualifiedNamespace) {
    const name = 'ServiceBusConnection__fullyQualifiedNamespace';
    problems.unshift(`${name} is missing: set ${whatToSet(name)}`);
  }
  if (read.wrong || problems.length > 0)
    throw new SettingsError(`The app cannot start. ${problems.join('. ')}.`);
  const { environment } = read;
  const { AZURE_CLIENT_ID: identityClientId, ALLOWED_EXTERNAL_PARTNER_IDS: allowed } = environment;
  return {
    maxDeliveryCount: environment.MAX_DELIVERY_COUNT,
    retryBudgetMs: environment.RETRY_BUDGET_SECONDS * 1000,
    graphBaseUrl: environment.GRAPH_BASE_URL,
    graphTimeoutMs: environment.GRAPH_TIMEOUT_SECONDS * 1000,
    ...(identityClientId && { identityClientId }),
    ...(allowed && { allowedExternalPartnerIds: new Set(allowed.map((id) => id.toLowerCase())) }),
    requestsQueue: environment.REQUESTS_QUEUE,
    policy: readPolicy(environment),
    ...readWindows(environment),
    role: {
      name: env.WEBSITE_SITE_NAME?.toLowerCase() ?? 'local',
      instance: env.WEBSITE_INSTANCE_ID ?? 'local',
    },
    ...readTelemetrySettings(environment, present.APPINSIGHTS_INSTRUMENTATIONKEY !== undefined),
  };
}

function readPolicy(environment: Environment): Policy {
  const { REFERENCE_PATTERN: referencePattern, LONGEST_WINDOW_HOURS: longestWindowHours } = environment;
  return {
    requiredProperties: environment.REQUIRED_PROPERTIES ?? [],
    isFrozen: environment.FREEZE,
    ...(referencePattern && { referencePattern }),
    ...(longestWindowHours && { longestWindowHours }),
  };
}

function readWindows(environment: Environment): Pick<Settings, 'windows'> {
  const serviceBus = readServiceBus({
    connectionString: environment.ServiceBusConnection,
    host: environment.ServiceBusConnection__fullyQualifiedNamespace,
    url: environment.SERVICE_BUS_HTTP_URL,
    clientId: environment.ServiceBusConnection__clientId ?? environment.AZURE_CLIENT_ID,
  });
  const { AzureWebJobsStorage__blobServiceUri: serviceUri } = environment;
  const clientId = environment.AzureWebJobsStorage__clientId ?? environment.AZURE_CLIENT_ID;
  if (serviceUri === undefined || !serviceBus) return {};
  return {
    windows: { storage: { serviceUri, ...(clientId && { clientId }) }, serviceBus },
  };
}

/** @param hasKey whether there is an instrumentation key, with which the Functions host alone could report */
function readTelemetrySettings(
  {
    APPLICATIONINSIGHTS_CONNECTION_STRING: connectionText,
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: authenticationText,
  }: Environment,
  hasKey: boolean,
): Pick<Settings, 'applicationInsights' | 'warning'> {
  if (connectionText === undefined) {
    return hasKey
      ? withoutTelemetry(
          'APPLICATIONINSIGHTS_CONNECTION_STRING',
          'missing, and APPINSIGHTS_INSTRUMENTATIONKEY is not read',
        )
      : {};
  }
  const connectionString = readConnectionString(connectionText);
  if (!connectionString) return withoutTelemetry('APPLICATIONINSIGHTS_CONNECTION_STRING');
  if (authenticationText === undefined) return { applicationInsights: { connectionString } };
  const identity = readAuthenticationString(authenticationText);
  return identity
    ? { applicationInsights: { connectionString, identity } }
    : withoutTelemetry('APPLICATIONINSIGHTS_AUTHENTICATION_STRING');
}

function withoutTelemetry(name: SettingName, problem = 'malformed'): Pick<Settings, 'warning'> {
  return {
    warning: `${name} is ${problem}: set ${whatToSet(name)}. Until then only log lines hold the record.`,
  };
}
