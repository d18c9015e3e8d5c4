import type { TokenCredential } from '@azure/identity';
import { isLoopback } from '../azure/origins.ts';
import type { AzureService } from '../azure/signIn.ts';
import { UsageError } from '../command/errors.ts';
import { LOCAL_HINT, NETWORK_HINT } from '../command/hints.ts';
import { readSetting } from '../settings.ts';

const SCOPE = 'https://storage.azure.com/.default';
const PERMISSION_HINT =
  'To see windows takes the role Storage Blob Data Reader on the storage account of the app.';

/** The storage of the stand-ins. */
export function localWindowStorage(credential: TokenCredential): AzureService {
  const baseUrl = readSetting('AzureWebJobsStorage__blobServiceUri');
  const common = { hint: LOCAL_HINT, credential, scope: SCOPE, permissionHint: PERMISSION_HINT };
  return { ...common, name: 'the local storage', baseUrl };
}

/**
 * The storage of the app in Azure, by the variable that azd sets; undefined if it is not set.
 *
 * @throws {UsageError} if it is not the address of a blob service
 */
export function windowStorage(
  credential: TokenCredential,
  { STORAGE_BLOB_ENDPOINT: text }: Readonly<Record<string, string | undefined>> = process.env,
): AzureService | undefined {
  const baseUrl = text?.trim().replace(/\/$/, '');
  if (!baseUrl) return undefined;
  // The token of the caller must go nowhere else.
  const isStorage = /^https:\/\/[a-z0-9]{3,24}\.blob\.core\.(?:windows\.net|usgovcloudapi\.net)$/.test(
    baseUrl,
  );
  if (!isStorage && !isLoopback(baseUrl)) {
    throw new UsageError(`STORAGE_BLOB_ENDPOINT is ${baseUrl}; write https://NAME.blob.core.windows.net.`);
  }
  const common = { hint: NETWORK_HINT, credential, scope: SCOPE, permissionHint: PERMISSION_HINT };
  return { ...common, name: 'Azure Storage', baseUrl };
}
