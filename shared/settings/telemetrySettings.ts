import { isGuid } from '../kit/guid.ts';

/** How to reach Application Insights. */
export type TelemetrySettings = {
  /** As the SDK reads it. */
  readonly connectionString: string;
  /** Send with a managed identity; an empty object stands for the system-assigned one. */
  readonly identity?: { readonly clientId?: string };
};

/** What the SDK uses of a connection string; it refuses the whole string for any other oddity. */
const KNOWN_KEYS = [
  'InstrumentationKey',
  'IngestionEndpoint',
  'LiveEndpoint',
  'EndpointSuffix',
  'Location',
  'ApplicationId',
  'AADAudience',
] as const;

/**
 * Reads a connection string as leniently as people write one (in quotes, with blanks, the key in upper case, a
 * semicolon too many) into the one form that the SDK takes.
 *
 * @returns undefined if no record could be sent with it
 */
export function readConnectionString(text: string): string | undefined {
  const fields = readFields(text);
  const known = KNOWN_KEYS.flatMap((name) => {
    const value = fields.get(name.toLowerCase());
    return value ? [{ name, value: name === 'InstrumentationKey' ? value.toLowerCase() : value }] : [];
  });
  const isUsable =
    known.some(({ name }) => name === 'InstrumentationKey') && known.every((field) => isValid(field));
  return isUsable ? known.map(({ name, value }) => `${name}=${value}`).join(';') : undefined;
}

function isValid({ name, value }: { name: (typeof KNOWN_KEYS)[number]; value: string }): boolean {
  if (name === 'InstrumentationKey') return isGuid(value);
  if (/Endpoint$/.test(name) && !(/^https:\/\//i.test(value) && URL.canParse(value))) return false;
  return /^[^\s=]+$/.test(value);
}

/**
 * Reads `Authorization=AAD[;ClientId=GUID]`, as the Functions host does.
 *
 * @returns undefined if it is anything else
 */
export function readAuthenticationString(text: string): { readonly clientId?: string } | undefined {
  const fields = readFields(text);
  const clientId = fields.get('clientid');
  if (fields.get('authorization')?.toUpperCase() !== 'AAD') return undefined;
  if (clientId === undefined) return {};
  return isGuid(clientId) ? { clientId } : undefined;
}

/** `Name=value` pairs by lower-case name, without blanks and quotes around them. */
function readFields(text: string): Map<string, string> {
  const unquoted = text.trim().replace(/^(["'])(.*)\1$/s, '$2');
  return new Map(
    unquoted.split(';').map((pair) => {
      const [name = '', ...value] = pair.split('=');
      return [name.trim().toLowerCase(), value.join('=').trim()];
    }),
  );
}
