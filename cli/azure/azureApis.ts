import type { TokenCredential } from '@azure/identity';
import { UsageError } from '../command/errors.ts';
import { isLoopback } from '../serviceBus/target.ts';
import { readSetting } from '../settings.ts';
import { graphOrigins } from './graphOrigins.ts';
import type { SignedInService } from './signIn.ts';

/** The APIs that know how an installation is set up and what it recorded. */
export type AzureApis = {
  readonly resourceManager: SignedInService;
  readonly logAnalytics: SignedInService;
};

/** The origins of the APIs in a cloud; a token for Log Analytics is for another one. */
type Origins = { readonly resourceManager: string; readonly logAnalytics: string; readonly audience: string };

const publicCloud: Origins = {
  resourceManager: 'https://management.azure.com',
  logAnalytics: 'https://api.loganalytics.azure.com',
  audience: 'https://api.loganalytics.io',
};

const usGovernment: Origins = {
  resourceManager: 'https://management.usgovcloudapi.net',
  logAnalytics: 'https://api.loganalytics.us',
  audience: 'https://api.loganalytics.us',
};

/** The APIs of the cloud that Graph is in. */
export function azureApis(graphBaseUrl: string, credential: TokenCredential): AzureApis {
  const origins = graphBaseUrl === graphOrigins[1] ? usGovernment : publicCloud;
  return toApis(origins, { hint: 'Check your network.', credential });
}

/**
 * The stand-ins.
 *
 * @throws {UsageError} if a variable names an address that is not on this machine
 */
export function localAzureApis(
  credential: TokenCredential,
  env: Readonly<Record<string, string | undefined>> = process.env,
): AzureApis {
  const originIn = (name: 'RESOURCE_MANAGER_URL' | 'LOG_ANALYTICS_URL') => {
    const url = readSetting(name, env);
    if (URL.canParse(url) && isLoopback(new URL(url).hostname)) return url;
    throw new UsageError(`The variable ${name} is ${url}, which is not on this machine; unset it.`);
  };
  const logAnalytics = originIn('LOG_ANALYTICS_URL');
  return toApis(
    { resourceManager: originIn('RESOURCE_MANAGER_URL'), logAnalytics, audience: logAnalytics },
    { hint: 'Is `npm start` or `npm run local` running?', credential },
  );
}

function toApis(
  { resourceManager, logAnalytics, audience }: Origins,
  common: Pick<SignedInService, 'hint' | 'credential'>,
): AzureApis {
  return {
    resourceManager: {
      ...common,
      name: 'Azure Resource Manager',
      baseUrl: resourceManager,
      scope: `${resourceManager}/.default`,
    },
    logAnalytics: {
      ...common,
      name: 'Log Analytics',
      baseUrl: logAnalytics,
      scope: `${audience}/.default`,
    },
  };
}
