import { propertiesOf, type Snapshot } from '../snapshot.ts';
import { problemsIn } from './problems.ts';

/** Everything travels under TLS 1.2 or later, and nothing in the storage account is public. */
export function networkProblems(snapshot: Snapshot): string[] {
  return [
    ...propertiesOf(snapshot, 'Microsoft.ServiceBus/namespaces').flatMap(({ name, properties }) =>
      problemsIn({ [`${name} accepts old TLS.`]: properties.minimumTlsVersion !== '1.2' }),
    ),
    ...propertiesOf(snapshot, 'Microsoft.Storage/storageAccounts').flatMap(({ name, properties }) =>
      problemsIn({
        [`${name} accepts old TLS.`]: properties.minimumTlsVersion !== 'TLS1_2',
        [`${name} accepts plain HTTP.`]: properties.supportsHttpsTrafficOnly !== true,
        [`${name} allows public containers.`]: properties.allowBlobPublicAccess !== false,
      }),
    ),
    ...propertiesOf(snapshot, 'Microsoft.Storage/storageAccounts/blobServices/containers').flatMap(
      ({ name, properties }) => problemsIn({ [`${name} is public.`]: properties.publicAccess !== 'None' }),
    ),
    ...propertiesOf(snapshot, 'Microsoft.Web/sites').flatMap(({ name, properties }) =>
      problemsIn({
        [`${name} accepts old TLS.`]:
          properties.siteConfig?.minTlsVersion !== '1.2' || properties.siteConfig.scmMinTlsVersion !== '1.2',
        [`${name} accepts plain HTTP.`]: properties.httpsOnly !== true,
        [`${name} accepts FTP.`]: properties.siteConfig?.ftpsState !== 'Disabled',
      }),
    ),
  ];
}
