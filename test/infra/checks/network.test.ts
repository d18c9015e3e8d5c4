import { describe } from 'vitest';
import type { Properties } from '../snapshot.ts';
import { expectEachToBeFound, withChanged } from '../wrongInstallation.ts';
import { networkProblems } from './network.ts';

describe('an open door is found:', () => {
  const storage = 'Microsoft.Storage/storageAccounts';
  const sites = 'Microsoft.Web/sites';
  const variants: [string, string, Properties, string][] = [
    [
      'old TLS of Service Bus',
      'Microsoft.ServiceBus/namespaces',
      { minimumTlsVersion: '1.0' },
      'accepts old TLS',
    ],
    ['old TLS of storage', storage, { minimumTlsVersion: 'TLS1_0' }, 'accepts old TLS'],
    ['old TLS of the app', sites, { siteConfig: { minTlsVersion: '1.0' } }, 'accepts old TLS'],
    ['plain HTTP to storage', storage, { supportsHttpsTrafficOnly: false }, 'accepts plain HTTP'],
    ['plain HTTP to the app', sites, { httpsOnly: false }, 'accepts plain HTTP'],
    ['FTP', sites, { siteConfig: { ftpsState: 'AllAllowed' } }, 'accepts FTP'],
    ['public containers', storage, { allowBlobPublicAccess: true }, 'allows public containers'],
    ['a public container', `${storage}/blobServices/containers`, { publicAccess: 'Blob' }, 'is public'],
  ];
  expectEachToBeFound(
    networkProblems,
    variants.map(([what, type, values, problem]) => [
      what,
      withChanged(type, (properties) => Object.assign(properties, values)),
      problem,
    ]),
  );
});
