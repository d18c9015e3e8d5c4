import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readWindows } from '../../../cli/windows/readWindows.ts';
import { localWindowStorage, windowStorage } from '../../../cli/windows/windowStorage.ts';
import { type BlobStorageStandIn, startBlobStorage } from '../../../local/blobStorage/blobStorage.ts';
import { permissionMismatch, serverBusy } from '../../../local/blobStorage/storageFault.ts';
import { always } from '../../../local/http/fault.ts';
import { createWindowStore } from '../../../shared/windows/windowStore.ts';
import { trustedCertificate } from '../../helpers/trust.ts';

const credential = { getToken: async () => ({ token: 'a-token', expiresOnTimestamp: Date.now() + 60_000 }) };
let storage: BlobStorageStandIn;
beforeAll(async () => {
  storage = await startBlobStorage({ tls: await trustedCertificate(), containers: ['windows'] });
});
afterAll(() => storage.close());

const service = () => {
  const found = windowStorage(credential, { STORAGE_BLOB_ENDPOINT: storage.url });
  if (!found) throw new Error('no storage');
  return found;
};

it('the windows of every partner are listed, the one that ends first at the beginning', async () => {
  const store = createWindowStore({ serviceUri: new URL(storage.url), credential });
  const [one, other] = [randomUUID(), randomUUID()];
  const late = { id: 'w-1', until: '2030-01-02T00:00:00.000Z', reference: 'CHG1', requestedBy: 'jane' };
  const early = { id: 'w-2', until: '2030-01-01T00:00:00.000Z' };
  await store.write(one, { windows: [late] });
  await store.write(other, { windows: [early] });
  expect(await readWindows(service())).toEqual([
    { ...early, externalPartnerId: other },
    { ...late, externalPartnerId: one },
  ]);
});

it('a refusal names the role, and a fault the storage', async () => {
  storage.fault = always(permissionMismatch());
  await expect(readWindows(service())).rejects.toThrow('Storage Blob Data Reader');
  storage.fault = always(serverBusy());
  await expect(readWindows(service())).rejects.toThrow('Azure Storage responded with 503');
  storage.fault = undefined;
});

it('the storage is that of azd, and a token goes to nothing else', () => {
  expect(windowStorage(credential, {})).toBeUndefined();
  const address = 'https://contoso.blob.core.windows.net';
  expect(windowStorage(credential, { STORAGE_BLOB_ENDPOINT: `${address}/` })?.baseUrl).toBe(address);
  for (const wrong of [
    'https://contoso.blob.core.windows.net.attacker.example',
    'http://contoso.blob.core.windows.net',
  ]) {
    expect(() => windowStorage(credential, { STORAGE_BLOB_ENDPOINT: wrong })).toThrow(
      'write https://NAME.blob',
    );
  }
  expect(localWindowStorage(credential).baseUrl).toContain('localhost');
});
