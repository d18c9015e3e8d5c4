import { settingNames } from '../../../shared/settings/environment.ts';
import { readSettings } from '../../../shared/settings/settings.ts';
import { type Snapshot, settingsOf } from '../snapshot.ts';

/** What the Functions host reads, and the app does not. */
const hostSettings = [
  'AzureWebJobsStorage__blobServiceUri',
  'AzureWebJobsStorage__credential',
  'AzureWebJobsStorage__clientId',
  'ServiceBusConnection__credential',
  'ServiceBusConnection__clientId',
];

/** For the local Service Bus only; a connection string holds a key. */
export const notInAzure = ['ServiceBusConnection', 'SERVICE_BUS_HTTP_URL'];

/** Absent means no rule. */
const optional = [
  'ALLOWED_EXTERNAL_PARTNER_IDS',
  'REQUIRED_PROPERTIES',
  'REFERENCE_PATTERN',
  'LONGEST_WINDOW_HOURS',
  'FREEZE',
];

/** Every setting that the app or the host reads is there, and no other, and the app starts with them. */
export function settingProblems(snapshot: Snapshot): string[] {
  const settings = settingsOf(snapshot);
  const read = [...new Set([...settingNames, ...hostSettings, ...optional])].filter(
    (name) => !notInAzure.includes(name),
  );
  return [
    ...read
      .filter((name) => !optional.includes(name) && !Object.hasOwn(settings, name))
      .map((name) => `${name} is not set.`),
    ...Object.keys(settings)
      .filter((name) => !read.includes(name))
      .map((name) => `${name} is set, and nothing reads it.`),
    ...problemsAtStart(settings),
  ];
}

function problemsAtStart(settings: Readonly<Record<string, string>>): string[] {
  try {
    const { warning } = readSettings(inAzure(settings));
    return warning === undefined ? [] : [warning];
  } catch (error) {
    return [String(error)];
  }
}

/** The settings with something like what Azure puts for the expressions in them. */
function inAzure(settings: Readonly<Record<string, string>>): Record<string, string> {
  const key = '00000000-0000-4000-8000-000000000001';
  const clientId = '00000000-0000-4000-8000-000000000002';
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => {
      if (!value.startsWith('[')) return [name, value];
      const format = /^\[format\('([^']*)'/.exec(value)?.[1];
      if (format !== undefined) return [name, format.replace('{0}', clientId)];
      return [
        name,
        value.endsWith('.ConnectionString]')
          ? `InstrumentationKey=${key};IngestionEndpoint=https://contoso.example/`
          : clientId,
      ];
    }),
  );
}
