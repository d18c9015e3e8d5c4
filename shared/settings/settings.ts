import * as z from 'zod/mini';
import { type Policy, requirableProperties } from './policySettings.ts';
import { readReferencePattern } from './referencePattern.ts';
import { readServiceBus, type ServiceBusSettings } from './serviceBusSettings.ts';
import {
  readAuthenticationString,
  readConnectionString,
  type TelemetrySettings,
} from './telemetrySettings.ts';

// A compiled parser pays off after thousands of requests; the first one would wait for it.
z.config({ jitless: true });

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

/**
 * Upper bounds, in seconds. Together they stay below `functionTimeout` of host.json (900 s): a delivery may have to
 * wait for one attempt of an earlier one, and its last attempt may start at the very end of the budget.
 */
export const LONGEST_RETRY_BUDGET_SECONDS = 300;
export const LONGEST_GRAPH_TIMEOUT_SECONDS = 120;

/** Queue and topic names as Service Bus allows them. */
const entityName = z.string().check(z.regex(/^[A-Za-z0-9](?:[\w./-]{0,258}[A-Za-z0-9])?$/));

const wholeNumber = (fallback: number, max: number) =>
  z._default(z.string(), String(fallback)).check(
    z.regex(/^\d{1,6}$/),
    z.refine((text) => Number(text) >= 1 && Number(text) <= max),
  );

/** An https origin; http within this machine only. */
const origin = z
  .string()
  .check(
    z.regex(/^(?:https:\/\/[^/?#@\s]+|http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?)\/?$/),
    z.refine(URL.canParse),
  );

/** Items separated by commas, without the blanks around them. */
const list = z.pipe(
  z.string(),
  z.transform((text) => text.split(',').map((item) => item.trim())),
);
const lowerCaseList = z.pipe(
  list,
  z.transform((items) => items.map((item) => item.toLowerCase())),
);

const environment = z.object({
  ServiceBusConnection: z.optional(z.string().check(z.regex(/(?:^|;)\s*Endpoint=sb:\/\/[^;\s]/i))),
  ServiceBusConnection__fullyQualifiedNamespace: z.optional(
    z.string().check(z.regex(/^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/i)),
  ),
  REQUESTS_QUEUE: entityName,
  RESULTS_TOPIC: entityName,
  MAX_DELIVERY_COUNT: wholeNumber(10, 2000),
  RETRY_BUDGET_SECONDS: wholeNumber(240, LONGEST_RETRY_BUDGET_SECONDS),
  GRAPH_BASE_URL: z
    ._default(z.string(), 'https://graph.microsoft.com')
    .check(z.regex(/^https:\/\/[^/?#@\s]+\/?$/), z.refine(URL.canParse)),
  GRAPH_TIMEOUT_SECONDS: wholeNumber(30, LONGEST_GRAPH_TIMEOUT_SECONDS),
  AZURE_CLIENT_ID: z.optional(z.guid()),
  ALLOWED_EXTERNAL_PARTNER_IDS: z.optional(z.pipe(lowerCaseList, z.array(z.guid()))),
  REQUIRED_PROPERTIES: z.optional(z.pipe(list, z.array(z.enum(requirableProperties)))),
  REFERENCE_PATTERN: z.optional(
    z.string().check(z.refine((text) => readReferencePattern(text) !== undefined)),
  ),
  LONGEST_WINDOW_HOURS: z.optional(
    z.string().check(
      z.regex(/^\d{1,6}(?:\.\d{1,6})?$/),
      z.refine((text) => Number(text) > 0),
    ),
  ),
  FREEZE: z._default(z.string(), 'false').check(z.regex(/^(?:true|false)$/i)),
  AzureWebJobsStorage__blobServiceUri: z.optional(origin),
  AzureWebJobsStorage__clientId: z.optional(z.guid()),
  ServiceBusConnection__clientId: z.optional(z.guid()),
  SERVICE_BUS_HTTP_URL: z.optional(origin),
  APPLICATIONINSIGHTS_CONNECTION_STRING: z.optional(z.string()),
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: z.optional(z.string()),
});

type SettingName = keyof z.infer<typeof environment>;

const whatToSet: Readonly<Record<SettingName, string>> = {
  ServiceBusConnection: 'a Service Bus connection string, Endpoint=sb://…',
  ServiceBusConnection__fullyQualifiedNamespace:
    'NAME.servicebus.windows.net, a host name without sb:// and without a slash',
  REQUESTS_QUEUE: 'the name of the queue that requests are posted to',
  RESULTS_TOPIC: 'the name of the topic that results are sent to',
  MAX_DELIVERY_COUNT: "the request queue's maxDeliveryCount, 1 to 2000",
  RETRY_BUDGET_SECONDS: `whole seconds, 1 to ${LONGEST_RETRY_BUDGET_SECONDS}`,
  GRAPH_BASE_URL: 'an https origin without a path, such as https://graph.microsoft.com',
  GRAPH_TIMEOUT_SECONDS: `whole seconds, 1 to ${LONGEST_GRAPH_TIMEOUT_SECONDS}`,
  AZURE_CLIENT_ID:
    'the client id (a GUID) of a user-assigned identity, or remove it for the system-assigned one',
  ALLOWED_EXTERNAL_PARTNER_IDS: 'GUIDs separated by commas, or remove it to allow every partner',
  REQUIRED_PROPERTIES: `some of ${requirableProperties.join(', ')}, separated by commas, or remove it`,
  REFERENCE_PATTERN:
    'a regular expression such as CHG[0-9]{7}: no back-references and no lookarounds, no repetition and no choice in a ' +
    'group that repeats, and few parts of any length; give them a limit, as in [0-9]{1,9}',
  LONGEST_WINDOW_HOURS: 'hours, such as 8 or 0.5, or remove it',
  FREEZE: 'true or false',
  AzureWebJobsStorage__blobServiceUri:
    'https://NAME.blob.core.windows.net, or remove it to do without windows',
  AzureWebJobsStorage__clientId: 'the client id (a GUID) of a user-assigned identity, or remove it',
  ServiceBusConnection__clientId: 'the client id (a GUID) of a user-assigned identity, or remove it',
  SERVICE_BUS_HTTP_URL: 'an https origin, or remove it: Service Bus is at the host of its connection',
  APPLICATIONINSIGHTS_CONNECTION_STRING:
    'the connection string of the Application Insights resource, InstrumentationKey=GUID;IngestionEndpoint=https://…',
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'Authorization=AAD, or Authorization=AAD;ClientId=GUID',
};

/** Every setting that the app reads, by name. */
export const settingNames = Object.keys(whatToSet) as readonly SettingName[];

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
  const parsed = environment.safeParse(present);
  const wrong = new Set(parsed.success ? [] : parsed.error.issues.map(({ path }) => path[0] as SettingName));
  const problems = [...wrong].map(
    (name) => `${name} is ${name in present ? 'malformed' : 'missing'}: set ${whatToSet[name]}`,
  );
  if (!present.ServiceBusConnection && !present.ServiceBusConnection__fullyQualifiedNamespace) {
    const name = 'ServiceBusConnection__fullyQualifiedNamespace';
    problems.unshift(`${name} is missing: set ${whatToSet[name]}`);
  }
  if (problems.length > 0 || !parsed.success) {
    throw new SettingsError(`The app cannot start. ${problems.join('. ')}.`);
  }
  const values = parsed.data;
  return {
    maxDeliveryCount: Number(values.MAX_DELIVERY_COUNT),
    retryBudgetMs: Number(values.RETRY_BUDGET_SECONDS) * 1000,
    graphBaseUrl: new URL(values.GRAPH_BASE_URL),
    graphTimeoutMs: Number(values.GRAPH_TIMEOUT_SECONDS) * 1000,
    ...(values.AZURE_CLIENT_ID && { identityClientId: values.AZURE_CLIENT_ID }),
    ...(values.ALLOWED_EXTERNAL_PARTNER_IDS && {
      allowedExternalPartnerIds: new Set(values.ALLOWED_EXTERNAL_PARTNER_IDS),
    }),
    requestsQueue: values.REQUESTS_QUEUE,
    policy: readPolicy(values),
    ...readWindows(values),
    role: {
      name: env.WEBSITE_SITE_NAME?.toLowerCase() ?? 'local',
      instance: env.WEBSITE_INSTANCE_ID ?? 'local',
    },
    ...readTelemetrySettings(values, present.APPINSIGHTS_INSTRUMENTATIONKEY !== undefined),
  };
}

function readPolicy(values: z.infer<typeof environment>): Policy {
  const { REQUIRED_PROPERTIES, REFERENCE_PATTERN, LONGEST_WINDOW_HOURS, FREEZE } = values;
  return {
    requiredProperties: REQUIRED_PROPERTIES ?? [],
    isFrozen: FREEZE.toLowerCase() === 'true',
    ...(REFERENCE_PATTERN !== undefined && { referencePattern: readReferencePattern(REFERENCE_PATTERN) }),
    ...(LONGEST_WINDOW_HOURS !== undefined && { longestWindowHours: Number(LONGEST_WINDOW_HOURS) }),
  };
}

function readWindows(values: z.infer<typeof environment>): Pick<Settings, 'windows'> {
  const serviceBus = readServiceBus({
    connectionString: values.ServiceBusConnection,
    host: values.ServiceBusConnection__fullyQualifiedNamespace,
    url: values.SERVICE_BUS_HTTP_URL,
    clientId: values.ServiceBusConnection__clientId ?? values.AZURE_CLIENT_ID,
  });
  const { AzureWebJobsStorage__blobServiceUri: serviceUri } = values;
  const clientId = values.AzureWebJobsStorage__clientId ?? values.AZURE_CLIENT_ID;
  if (serviceUri === undefined || !serviceBus) return {};
  return {
    windows: { storage: { serviceUri: new URL(serviceUri), ...(clientId && { clientId }) }, serviceBus },
  };
}

/** @param hasKey whether there is an instrumentation key, with which the Functions host alone could report */
function readTelemetrySettings(
  {
    APPLICATIONINSIGHTS_CONNECTION_STRING: connectionText,
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: authenticationText,
  }: z.infer<typeof environment>,
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
    warning: `${name} is ${problem}: set ${whatToSet[name]}. Until then only log lines hold the record.`,
  };
}
