import { requirableProperties } from './policySettings.ts';
import {
  anyText,
  guid,
  list,
  matching,
  oneOf,
  optional,
  origin,
  originOrLocal,
  positiveNumber,
  type Reader,
  required,
  trueOrFalse,
  WRONG,
  wholeNumber,
  withDefault,
} from './readers.ts';
import { readReferencePattern } from './referencePattern.ts';

/**
 * Upper bounds, in seconds. Together they stay below `functionTimeout` of host.json (900 s): a delivery may have to
 * wait for one attempt of an earlier one, and its last attempt may start at the very end of the budget.
 */
export const LONGEST_RETRY_BUDGET_SECONDS = 300;
export const LONGEST_GRAPH_TIMEOUT_SECONDS = 120;

/** Queue and topic names as Service Bus allows them. */
const entityName = matching(/^[A-Za-z0-9](?:[\w./-]{0,258}[A-Za-z0-9])?$/);

/** Every setting that the app reads: what to set, for a person to read, and how to read it. */
const settings = {
  ServiceBusConnection: {
    whatToSet: 'a Service Bus connection string, Endpoint=sb://…',
    read: optional(matching(/(?:^|;)\s*Endpoint=sb:\/\/[^;\s]/i)),
  },
  ServiceBusConnection__fullyQualifiedNamespace: {
    whatToSet: 'NAME.servicebus.windows.net, a host name without sb:// and without a slash',
    read: optional(matching(/^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/i)),
  },
  REQUESTS_QUEUE: {
    whatToSet: 'the name of the queue that requests are posted to',
    read: required(entityName),
  },
  RESULTS_TOPIC: {
    whatToSet: 'the name of the topic that results are sent to',
    read: required(entityName),
  },
  MAX_DELIVERY_COUNT: {
    whatToSet: "the request queue's maxDeliveryCount, 1 to 2000",
    read: withDefault('10', wholeNumber(2000)),
  },
  RETRY_BUDGET_SECONDS: {
    whatToSet: `whole seconds, 1 to ${LONGEST_RETRY_BUDGET_SECONDS}`,
    read: withDefault('240', wholeNumber(LONGEST_RETRY_BUDGET_SECONDS)),
  },
  GRAPH_BASE_URL: {
    whatToSet: 'an https origin without a path, such as https://graph.microsoft.com',
    read: withDefault('https://graph.microsoft.com', origin),
  },
  GRAPH_TIMEOUT_SECONDS: {
    whatToSet: `whole seconds, 1 to ${LONGEST_GRAPH_TIMEOUT_SECONDS}`,
    read: withDefault('30', wholeNumber(LONGEST_GRAPH_TIMEOUT_SECONDS)),
  },
  AZURE_CLIENT_ID: {
    whatToSet: 'the client id (a GUID) of a user-assigned identity, or remove it for the system-assigned one',
    read: optional(guid),
  },
  ALLOWED_EXTERNAL_PARTNER_IDS: {
    whatToSet: 'GUIDs separated by commas, or remove it to allow every partner',
    read: optional(list(guid)),
  },
  REQUIRED_PROPERTIES: {
    whatToSet: `some of ${requirableProperties.join(', ')}, separated by commas, or remove it`,
    read: optional(list(oneOf(requirableProperties))),
  },
  REFERENCE_PATTERN: {
    whatToSet:
      'a regular expression such as CHG[0-9]{7}: no back-references and no lookarounds, no repetition and no choice in a ' +
      'group that repeats, and few parts of any length; give them a limit, as in [0-9]{1,9}',
    read: optional((text) => readReferencePattern(text) ?? WRONG),
  },
  LONGEST_WINDOW_HOURS: {
    whatToSet: 'hours, such as 8 or 0.5, or remove it',
    read: optional(positiveNumber),
  },
  FREEZE: {
    whatToSet: 'true or false',
    read: withDefault('false', trueOrFalse),
  },
  AzureWebJobsStorage__blobServiceUri: {
    whatToSet: 'https://NAME.blob.core.windows.net, or remove it to do without windows',
    read: optional(originOrLocal),
  },
  AzureWebJobsStorage__clientId: {
    whatToSet: 'the client id (a GUID) of a user-assigned identity, or remove it',
    read: optional(guid),
  },
  ServiceBusConnection__clientId: {
    whatToSet: 'the client id (a GUID) of a user-assigned identity, or remove it',
    read: optional(guid),
  },
  SERVICE_BUS_HTTP_URL: {
    whatToSet: 'an https origin, or remove it: Service Bus is at the host of its connection',
    read: optional(originOrLocal),
  },
  APPLICATIONINSIGHTS_CONNECTION_STRING: {
    whatToSet:
      'the connection string of the Application Insights resource, InstrumentationKey=GUID;IngestionEndpoint=https://…',
    read: optional(anyText),
  },
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: {
    whatToSet: 'Authorization=AAD, or Authorization=AAD;ClientId=GUID',
    read: optional(anyText),
  },
} satisfies Record<string, { readonly whatToSet: string; readonly read: Reader<unknown> }>;

export type SettingName = keyof typeof settings;

/** The value of each setting. */
export type Environment = {
  readonly [Name in SettingName]: Exclude<ReturnType<(typeof settings)[Name]['read']>, typeof WRONG>;
};

/** Every setting that the app reads, by name. */
export const settingNames = Object.keys(settings) as readonly SettingName[];

/** What to set, for a person to read. */
export const whatToSet = (name: SettingName): string => settings[name].whatToSet;

/** Reads every setting, or says which are missing or malformed. */
export function readEnvironment(
  texts: Readonly<Record<string, string | undefined>>,
):
  | { readonly environment: Environment; readonly wrong?: never }
  | { readonly wrong: readonly SettingName[] } {
  const values = settingNames.map((name) => [name, settings[name].read(texts[name])] as const);
  const wrong = values.filter(([, value]) => value === WRONG).map(([name]) => name);
  return wrong.length > 0 ? { wrong } : { environment: Object.fromEntries(values) as Environment };
}
