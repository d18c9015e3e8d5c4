import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type BlobStorageStandIn, startBlobStorage } from '../../../local/blobStorage/blobStorage.ts';
import type { HttpRequest } from '../../../local/http/httpRequest.ts';
import { createWindowStore, readWindows, WINDOWS_CONTAINER } from '../../../shared/windows/windowStore.ts';
import { partnerId } from '../../helpers/factories.ts';
import { trustedCertificate } from '../../helpers/trust.ts';

const credential = { getToken: vi.fn(async () => ({ token: 'a-token', expiresOnTimestamp: 0 })) };
const window = { id: 'w-1', until: '2030-01-31T18:00:00.000Z', requestedBy: 'Zoë', reference: 'CHG1' };
const other = { ...window, id: 'w-2' };

let blobStorage: BlobStorageStandIn;
beforeAll(async () => {
  blobStorage = await startBlobStorage({
    tls: await trustedCertificate(),
    containers: [WINDOWS_CONTAINER],
    acceptToken: (token) => token === 'a-token',
  });
});
afterAll(() => blobStorage.close());
afterEach(() => {
  blobStorage.fault = undefined;
  blobStorage.containers.get(WINDOWS_CONTAINER)?.clear();
});

const aStore = () => createWindowStore({ serviceUri: new URL(blobStorage.url), credential });

describe('the windows of a partner', () => {
  it('are read as they were written, whatever the case of its id', async () => {
    const store = aStore();
    expect(await store.read(partnerId)).toEqual({ windows: [] });
    await store.write(partnerId.toUpperCase(), { windows: [window] });
    const stored = await store.read(partnerId);
    expect(stored).toMatchObject({ windows: [window], etag: expect.any(String) });
    await store.write(partnerId, { windows: [window, other], etag: stored.etag });
    expect((await store.read(partnerId)).windows).toEqual([window, other]);
    expect([...(blobStorage.containers.get(WINDOWS_CONTAINER)?.keys() ?? [])]).toEqual([`${partnerId}.json`]);
  });

  it('are gone once none is left', async () => {
    const store = aStore();
    await store.write(partnerId, { windows: [window] });
    const { etag } = await store.read(partnerId);
    await store.write(partnerId, { windows: [], etag });
    expect(blobStorage.containers.get(WINDOWS_CONTAINER)?.size).toBe(0);
    await store.write(partnerId, { windows: [] });
    await store.remove(partnerId);
  });

  it('are not overwritten, nor forgotten, by somebody who has not seen the latest', async () => {
    const store = aStore();
    await store.write(partnerId, { windows: [window] });
    const { etag } = await store.read(partnerId);
    await store.write(partnerId, { windows: [window, other], etag });
    for (const stale of [
      { windows: [], etag },
      { windows: [other], etag },
    ]) {
      await expect(store.write(partnerId, stale)).rejects.toThrow('responded with 412 ConditionNotMet');
    }
    await expect(store.write(partnerId, { windows: [other] })).rejects.toThrow('409 BlobAlreadyExists');
    expect((await store.read(partnerId)).windows).toEqual([window, other]);
  });

  it('are asked for with a token for storage, and a version of the API', async () => {
    let seen: HttpRequest | undefined;
    blobStorage.fault = (request) => {
      seen = request;
      return undefined;
    };
    await aStore().read(partnerId);
    expect(credential.getToken).toHaveBeenLastCalledWith('https://storage.azure.com/.default');
    expect(seen?.headers).toMatchObject({ authorization: 'Bearer a-token', 'x-ms-version': '2023-11-03' });
    expect(Date.parse(String(seen?.headers['x-ms-date']))).toBeGreaterThan(0);
  });

  it('cannot be told if storage does not respond, or without a token', async () => {
    const noToken = { getToken: async () => null };
    const refused = createWindowStore({ serviceUri: new URL(blobStorage.url), credential: noToken });
    await expect(refused.read(partnerId)).rejects.toMatchObject({ code: 'noStorage' });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    blobStorage.fault = () => {
      queueMicrotask(() => vi.advanceTimersByTime(10_000));
      return { kind: 'hang' };
    };
    const read = aStore().read(partnerId);
    await expect(read).rejects.toThrow('could not be reached: timeout: no response within 10 s.');
    vi.useRealTimers();
  });

  it.each([
    '',
    'null',
    '[]',
    '{}',
    '{"windows":{}}',
    '{"windows":[null]}',
    '{"windows":[{"id":1,"until":"2030-01-31T18:00:00Z"}]}',
    '{"windows":[{"id":"w","until":"soon"}]}',
  ])('are not what anybody may have written: %s', (text) => {
    expect(() => readWindows(text)).toThrow('it is not what this app writes');
  });
});
