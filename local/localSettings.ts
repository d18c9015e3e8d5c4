import { readFileSync } from 'node:fs';
import JSON5 from 'json5';
import { asObject } from '../shared/kit/json.ts';
import { LocalStartError } from './localStartError.ts';

/** `local.settings.json` cannot be used; the message says why, and what to do. */
export class LocalSettingsError extends LocalStartError {}

const FILE = 'local.settings.json';
const repository = new URL('..', import.meta.url);
let own: ReturnType<typeof readLocalSettings> | undefined;

/**
 * A value of the local.settings.json of this repository.
 *
 * @throws {LocalSettingsError} if it cannot be used, or has no such value
 */
export function localValue(name: string): string {
  own ??= readLocalSettings(repository);
  const value = own[name];
  if (value !== undefined) return value;
  throw new LocalSettingsError(`${FILE} has no value ${name}. Add it, or run git restore ${FILE}.`);
}

/**
 * `Values` of local.settings.json; comments and trailing commas are allowed there ("Code and test Azure Functions
 * locally").
 *
 * @param directory that it is in, with a slash at its end
 * @returns none if there is no such FILE, as in Azure
 * @throws {LocalSettingsError}
 */
export function readLocalSettings(directory: URL): Readonly<Record<string, string>> {
  const text = readText(new URL(FILE, directory));
  if (text === undefined) return {};
  const settings = asObject(parse(text));
  if (settings.IsEncrypted === true) {
    throw new LocalSettingsError(
      `${FILE} is encrypted. Run func settings decrypt, or set the values in the environment.`,
    );
  }
  if (settings.Values === undefined) {
    throw new LocalSettingsError(
      `${FILE} has no "Values". Put the settings there, or run git restore ${FILE}.`,
    );
  }
  const values = Object.entries(asObject(settings.Values));
  return Object.fromEntries(values.map(([name, value]) => [name, String(value)]));
}

function readText(path: URL): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new LocalSettingsError(`${FILE} cannot be read: ${message}.`, { cause: error });
  }
}

function parse(text: string): unknown {
  try {
    return JSON5.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    const { lineNumber, columnNumber, message } = error as Error & {
      lineNumber?: number;
      columnNumber?: number;
    };
    const problem = message.replace(/^JSON5: /, '').replace(/ at \d+:\d+$/, '');
    throw new LocalSettingsError(
      `${FILE} is not JSON: line ${lineNumber}, column ${columnNumber}: ${problem}. Fix it, or run git restore ${FILE}.`,
      { cause: error },
    );
  }
}
