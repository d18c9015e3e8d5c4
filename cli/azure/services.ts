import type { TokenCredential } from '@azure/identity';
import { UsageError } from '../command/errors.ts';
import { LOCAL_HINT, NETWORK_HINT } from '../command/hints.ts';
import { readSetting } from '../settings.ts';
import { cloudOf, isLoopback } from './origins.ts';
import type { AzureService } from './signIn.ts';

/** The APIs that know how an installation is set up and what it recorded. */
export type AzureServices = {
  readonly resourceManager: AzureService;
  readonly logAnalytics: AzureService;
};

/** The APIs of the cloud that Graph is in. */
export function azureServices(graphOrigin: string, credential: TokenCredential): AzureServices {
  const { resourceManager, logAnalytics, logAnalyticsAudience } = cloudOf(graphOrigin);
  const common = { hint: NETWORK_HINT, credential };
  return {
    resourceManager: toResourceManager(resourceManager, common),
    logAnalytics: toLogAnalytics(logAnalytics, logAnalyticsAudience, common),
  };
}

/**
 * The stand-ins.
 *
 * @throws {UsageError} if a variable names an address that is not on this machine
 */
export function localServices(
  credential: TokenCredential,
  env: Readonly<Record<string, string | undefined>> = process.env,
): AzureServices {
  const originIn = (name: 'RESOURCE_MANAGER_URL' | 'LOG_ANALYTICS_URL') => {
    const url = readSetting(name, env);
    if (isLoopback(url)) return url;
    throw new UsageError(`The variable ${name} is ${url}, which is not on this machine; unset it.`);
  };
  const logAnalytics = originIn('LOG_ANALYTICS_URL');
  const common = { hint: LOCAL_HINT, credential };
  return {
    resourceManager: toResourceManager(originIn('RESOURCE_MANAGER_URL'), common),
    logAnalytics: toLogAnalytics(logAnalytics, logAnalytics, common),
  };
}

type Common = Pick<AzureService, 'hint' | 'credential'>;

function toResourceManager(baseUrl: string, common: Common): AzureService {
  return { ...common, name: 'Azure Resource Manager', baseUrl, scope: `${baseUrl}/.default` };
}

function toLogAnalytics(baseUrl: string, audience: string, common: Common): AzureService {
  return {
    ...common,
    name: 'Log Analytics',
    baseUrl,
    scope: `${audience}/.default`,
    permissionHint: 'To read records takes the role Log Analytics Reader on the workspace.',
  };
}
