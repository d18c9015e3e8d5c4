import { UsageError } from '../command/errors.ts';

/** Where the APIs of a cloud are. */
type Cloud = {
  readonly graph: string;
  readonly resourceManager: string;
  readonly logAnalytics: string;
  /** What a token for Log Analytics is issued for. */
  readonly logAnalyticsAudience: string;
};

const publicCloud: Cloud = {
  graph: 'https://graph.microsoft.com',
  resourceManager: 'https://management.azure.com',
  logAnalytics: 'https://api.loganalytics.azure.com',
  logAnalyticsAudience: 'https://api.loganalytics.io',
};

const usGovernment: Cloud = {
  graph: 'https://graph.microsoft.us',
  resourceManager: 'https://management.usgovcloudapi.net',
  logAnalytics: 'https://api.loganalytics.us',
  logAnalyticsAudience: 'https://api.loganalytics.us',
};

/** The origins of Microsoft Graph that know external partners; the first is that of most tenants. */
export const graphOrigins = [publicCloud.graph, usGovernment.graph] as const;

export function cloudOf(graphOrigin: string): Cloud {
  return graphOrigin === usGovernment.graph ? usGovernment : publicCloud;
}

/** @throws {UsageError} for any other address than an origin of Graph; a slash at its end does no harm */
export function parseGraphOrigin(text: string, name: string): string {
  const origin = graphOrigins.find((one) => one === text.replace(/\/$/, ''));
  if (origin) return origin;
  throw new UsageError(`${name} is ${text}; write ${graphOrigins.join(' or ')}.`);
}

/** Whether a URL, or a host on its own, is this machine. */
export function isLoopback(address: string): boolean {
  const host = URL.canParse(address) ? new URL(address).hostname : address;
  return ['localhost', '127.0.0.1', '[::1]'].includes(host);
}
