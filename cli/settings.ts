import { LocalSettingsError, readLocalSettings } from '../local/localSettings.ts';
import { UsageError } from './command/errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The root of the repository, whatever the working directory is. */
export const repository = new URL('..', import.meta.url);

/**
 * The settings of the environment, else of local.settings.json.
 *
 * @throws {UsageError} if local.settings.json cannot be used
 */
export function readSettings(env: Environment = process.env): Environment {
  return { ...readLocalValues(), ...env };
}

/**
 * A setting of the environment, else of local.settings.json.
 *
 * @throws {UsageError} if it is empty or nowhere
 */
export function readSetting(name: string, env: Environment = process.env): string {
  const value = readSettings(env)[name]?.trim();
  if (value) return value;
  throw new UsageError(
    value === undefined
      ? `${name} is not set: neither in the environment nor among the Values of local.settings.json.`
      : `${name} is empty. Set it, or unset it to use the value of local.settings.json.`,
  );
}

/**
 * The values of local.settings.json alone, which are those of the stand-ins.
 *
 * @throws {UsageError} if it cannot be used
 */
export function readLocalValues(): Environment {
  try {
    return readLocalSettings(repository);
  } catch (error) {
    if (error instanceof LocalSettingsError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}
