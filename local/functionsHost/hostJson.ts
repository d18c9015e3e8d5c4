import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDuration } from './duration.ts';
import { StartupError } from './startupError.ts';

/** What the host takes from host.json. Durations are in milliseconds. */
export type HostSettings = {
  /** Infinity for `"-1"`. */
  readonly functionTimeoutMs: number;
  readonly maxConcurrentSessions: number;
  readonly maxAutoLockRenewalMs: number;
  readonly sessionIdleTimeoutMs: number;
};

type Environment = Readonly<Record<string, string | undefined>>;
type Json = { [key: string]: unknown };

const OVERRIDE_PREFIX = /^AzureFunctionsJobHost__/i;

/**
 * Reads host.json. A setting `AzureFunctionsJobHost__path__to__setting` overrides it, as in Azure ("host.json
 * reference for Azure Functions", "Override host.json values"). Names match in whatever case, as .NET's configuration
 * has them.
 */
export async function readHostSettings(appRoot: string, environment: Environment): Promise<HostSettings> {
  const path = join(appRoot, 'host.json');
  const hostJson = await readJson(path);
  if (!hostJson) throw new StartupError([`${path} is missing. A Functions app needs one.`]);
  applyOverrides(hostJson, environment);

  const problems: string[] = [];
  const setting = (...names: string[]): unknown =>
    names.reduce<unknown>((value, name) => {
      const json = (value ?? {}) as Json;
      return json[nameIn(json, name)];
    }, hostJson);
  const duration = (fallbackMs: number, ...names: string[]): number => {
    const value = setting(...names);
    if (value === undefined) return fallbackMs;
    const parsed = typeof value === 'string' ? parseDuration(value) : undefined;
    if (parsed === undefined)
      problems.push(`${names.join('.')} in host.json is not a duration (hh:mm:ss): ${value}`);
    return parsed ?? fallbackMs;
  };
  const count = (fallback: number, ...names: string[]): number => {
    const value = Number(setting(...names) ?? fallback);
    if (Number.isInteger(value) && value >= 1) return value;
    problems.push(`${names.join('.')} in host.json is not a positive whole number: ${setting(...names)}`);
    return fallback;
  };

  const serviceBus = ['extensions', 'serviceBus'] as const;
  const settings: HostSettings = {
    functionTimeoutMs:
      setting('functionTimeout') === '-1'
        ? Number.POSITIVE_INFINITY
        : duration(30 * 60_000, 'functionTimeout'),
    maxConcurrentSessions: count(8, ...serviceBus, 'maxConcurrentSessions'),
    maxAutoLockRenewalMs: duration(5 * 60_000, ...serviceBus, 'maxAutoLockRenewalDuration'),
    sessionIdleTimeoutMs: duration(60_000, ...serviceBus, 'sessionIdleTimeout'),
  };
  if (problems.length > 0) throw new StartupError(problems);
  return settings;
}

async function readJson(path: string): Promise<Json | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw new StartupError([`${path} is not JSON: ${error instanceof Error ? error.message : error}`]);
  }
}

function applyOverrides(hostJson: Json, environment: Environment): void {
  for (const [name, value] of Object.entries(environment)) {
    if (!OVERRIDE_PREFIX.test(name)) continue;
    const path = name.replace(OVERRIDE_PREFIX, '').split('__');
    const last = path.pop();
    if (!last) continue;
    let target = hostJson;
    for (const step of path) {
      const own = nameIn(target, step);
      target[own] ??= {};
      target = target[own] as Json;
    }
    target[nameIn(target, last)] = value;
  }
}

/** The name under which a property is there already, in whatever case; the given one if it is not. */
function nameIn(json: Json, name: string): string {
  const wanted = name.toLowerCase();
  return Object.keys(json).find((own) => own.toLowerCase() === wanted) ?? name;
}
