import * as z from 'zod/mini';
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
 * Upper bounds, in seconds. Together they stay below `functionTimeout` of host.json (600 s): a delivery may have to
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
  ALLOWED_EXTERNAL_PARTNER_IDS: z.optional(
    z.pipe(
      z.pipe(
        z.string(),
        z.transform((text) => text.split(',').map((id) => id.trim().toLowerCase())),
      ),
      z.array(z.guid()),
    ),
  ),
  APPLICATIONINSIGHTS_CONNECTION_STRING: z.optional(z.string()),
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: z.optional(z.string()),
});

type SettingName = keyof z.infer<typeof environment>;

const toSet: Readonly<Record<SettingName, string>> = {
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
  APPLICATIONINSIGHTS_CONNECTION_STRING:
    'the connection string of the Application Insights resource, InstrumentationKey=GUID;IngestionEndpoint=https://…',
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'Authorization=AAD, or Authorization=AAD;ClientId=GUID',
};

/** Every setting that the app reads, by name. */
export const settingNames = Object.keys(toSet) as readonly SettingName[];

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
    (name) => `${name} is ${name in present ? 'malformed' : 'missing'}: set ${toSet[name]}`,
  );
  if (!present.ServiceBusConnection && !present.ServiceBusConnection__fullyQualifiedNamespace) {
    const name = 'ServiceBusConnection__fullyQualifiedNamespace';
    problems.unshift(`${name} is missing: set ${toSet[name]}`);
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
    role: {
      name: env.WEBSITE_SITE_NAME?.toLowerCase() ?? 'local',
      instance: env.WEBSITE_INSTANCE_ID ?? 'local',
    },
    ...readTelemetrySettings(values),
  };
}

function readTelemetrySettings({
  APPLICATIONINSIGHTS_CONNECTION_STRING: connectionText,
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: authenticationText,
}: z.infer<typeof environment>): Pick<Settings, 'applicationInsights' | 'warning'> {
  if (connectionText === undefined) return {};
  const connectionString = readConnectionString(connectionText);
  if (!connectionString) return withoutTelemetry('APPLICATIONINSIGHTS_CONNECTION_STRING');
  if (authenticationText === undefined) return { applicationInsights: { connectionString } };
  const identity = readAuthenticationString(authenticationText);
  return identity
    ? { applicationInsights: { connectionString, identity } }
    : withoutTelemetry('APPLICATIONINSIGHTS_AUTHENTICATION_STRING');
}

function withoutTelemetry(name: SettingName): Pick<Settings, 'warning'> {
  return {
    warning: `${name} is malformed: set ${toSet[name]}. Until then only log lines hold the record.`,
  };
}
