import * as z from 'zod/mini';

/** Everything the app reads from its environment, checked. */
export type Settings = {
  readonly maxDeliveryCount: number;
  readonly retryBudgetMs: number;
  readonly graphBaseUrl: URL;
  readonly graphTimeoutMs: number;
  /** Client id of a user-assigned identity; the system-assigned one where absent. */
  readonly identityClientId?: string;
  /** Lower-case record ids; absent: every partner is allowed. */
  readonly allowedExternalPartnerIds?: ReadonlySet<string>;
  readonly applicationInsights?: {
    readonly connectionString: string;
    /** Send with a managed identity; an empty object stands for the system-assigned one. */
    readonly identity?: { readonly clientId?: string };
  };
  /** What is wrong and yet no reason not to start: telemetry never stands in the way of a request. */
  readonly warning?: string;
};

/** The environment does not say what the app needs; the message lists every setting to mend. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/**
 * Upper bounds, in seconds. Together they stay below `functionTimeout` and `maxAutoLockRenewalDuration` of
 * host.json (600 s): a delivery may have to wait for one try of an earlier one, and its last try may start at the
 * very end of the budget.
 */
export const LONGEST_RETRY_BUDGET_SECONDS = 300;
export const LONGEST_GRAPH_TIMEOUT_SECONDS = 120;

const wholeNumber = (fallback: number, max: number) =>
  z._default(z.string(), String(fallback)).check(
    z.regex(/^\d{1,6}$/),
    z.refine((text) => Number(text) >= 1 && Number(text) <= max),
  );

const environment = z.object({
  ServiceBusConnection: z.optional(z.string()),
  ServiceBusConnection__fullyQualifiedNamespace: z.optional(z.string()),
  REQUESTS_QUEUE: z.string().check(z.minLength(1)),
  RESULTS_QUEUE: z.string().check(z.minLength(1)),
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

const toSet: Record<keyof z.infer<typeof environment>, string> = {
  ServiceBusConnection: 'a Service Bus connection string',
  ServiceBusConnection__fullyQualifiedNamespace: 'NAME.servicebus.windows.net',
  REQUESTS_QUEUE: 'the name of the queue that requests are posted to',
  RESULTS_QUEUE: 'the name of the queue that answers are sent to',
  MAX_DELIVERY_COUNT: "the request queue's maxDeliveryCount, 1 to 2000",
  RETRY_BUDGET_SECONDS: `whole seconds, 1 to ${LONGEST_RETRY_BUDGET_SECONDS}`,
  GRAPH_BASE_URL: 'an https origin without a path, such as https://graph.microsoft.com',
  GRAPH_TIMEOUT_SECONDS: `whole seconds, 1 to ${LONGEST_GRAPH_TIMEOUT_SECONDS}`,
  AZURE_CLIENT_ID:
    'the client id (a GUID) of a user-assigned identity, or remove it for the system-assigned one',
  ALLOWED_EXTERNAL_PARTNER_IDS: 'GUIDs separated by commas, or remove it to allow every partner',
  APPLICATIONINSIGHTS_CONNECTION_STRING: 'the connection string of the Application Insights resource',
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'Authorization=AAD, or Authorization=AAD;ClientId=GUID',
};

/** A blank value counts as absent, except where absence would widen what is allowed. */
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
  const wrong = new Set(
    parsed.success ? [] : parsed.error.issues.map((issue) => issue.path[0] as keyof typeof toSet),
  );
  const problems = [...wrong].map(
    (name) => `${name} is ${name in present ? 'malformed' : 'missing'}: set ${toSet[name]}`,
  );
  if (!present.ServiceBusConnection && !present.ServiceBusConnection__fullyQualifiedNamespace) {
    problems.unshift(
      `ServiceBusConnection__fullyQualifiedNamespace is missing: set ${toSet.ServiceBusConnection__fullyQualifiedNamespace}`,
    );
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
    ...readTelemetrySettings(
      values.APPLICATIONINSIGHTS_CONNECTION_STRING,
      values.APPLICATIONINSIGHTS_AUTHENTICATION_STRING,
    ),
  };
}

function readTelemetrySettings(
  connectionString: string | undefined,
  authenticationString: string | undefined,
): Pick<Settings, 'applicationInsights' | 'warning'> {
  if (connectionString === undefined) return {};
  if (!/InstrumentationKey=[0-9a-f-]{36}/i.test(connectionString)) {
    return withoutTelemetry('APPLICATIONINSIGHTS_CONNECTION_STRING');
  }
  if (authenticationString === undefined) return { applicationInsights: { connectionString } };
  const parts = authenticationString.split(';').map((part) => part.trim());
  const clientId = parts.find((part) => /^ClientId=/i.test(part))?.slice('ClientId='.length);
  const isUsable =
    parts.some((part) => /^Authorization=AAD$/i.test(part)) &&
    (clientId === undefined || z.guid().safeParse(clientId).success);
  return isUsable
    ? { applicationInsights: { connectionString, identity: clientId ? { clientId } : {} } }
    : withoutTelemetry('APPLICATIONINSIGHTS_AUTHENTICATION_STRING');
}

function withoutTelemetry(name: keyof typeof toSet): Pick<Settings, 'warning'> {
  return {
    warning: `${name} is malformed: set ${toSet[name]}. Until then only log lines hold the record.`,
  };
}
