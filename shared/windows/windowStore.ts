import type { TokenCredential } from '@azure/identity';
import { type HttpResponse, httpCall } from '../kit/httpCall.ts';
import { asObject, parseJson } from '../kit/json.ts';
import { WindowsError } from './windowsError.ts';

/** A window of a partner. */
export type Window = {
  /** The MessageId of the request that opened it. */
  readonly id: string;
  /** When it ends: ISO 8601, UTC. */
  readonly until: string;
  readonly requestedBy?: string | undefined;
  readonly reference?: string | undefined;
};

/** The windows of a partner, and the version of what holds them. */
export type StoredWindows = { readonly windows: readonly Window[]; readonly etag?: string | undefined };

export type WindowStore = {
  /** Gets a token ahead of the first call. Never rejects. */
  prepare(): Promise<void>;
  /** @throws {WindowsError} as all of these do */
  read(externalPartnerId: string): Promise<StoredWindows>;
  /** Replaces what was read; without a window, nothing is kept. Fails if someone else has changed it since. */
  write(externalPartnerId: string, stored: StoredWindows): Promise<void>;
  /** Forgets every window of the partner. */
  remove(externalPartnerId: string): Promise<void>;
};

/** The container in the storage account of the app. */
export const WINDOWS_CONTAINER = 'windows';

const TOKEN_SCOPE = 'https://storage.azure.com/.default';
const API_VERSION = '2023-11-03';
/** How long one call may take, in milliseconds. */
export const STORAGE_TIMEOUT_MS = 10_000;

/**
 * Remembers which windows are open: one small blob for each partner that has any.
 *
 * Source: "Blob service REST API" (Get Blob, Put Blob, Delete Blob; "Specifying conditional headers").
 *
 * @param serviceUri of the blob service, such as https://NAME.blob.core.windows.net
 */
export function createWindowStore({
  serviceUri,
  credential,
}: {
  serviceUri: URL;
  credential: TokenCredential;
}): WindowStore {
  async function call(
    method: 'GET' | 'PUT' | 'DELETE',
    externalPartnerId: string,
    { headers = {}, body }: { headers?: Record<string, string>; body?: string } = {},
  ): Promise<HttpResponse> {
    const url = new URL(
      `${WINDOWS_CONTAINER}/${externalPartnerId.toLowerCase()}.json`,
      withSlash(serviceUri),
    );
    try {
      const token = await credential.getToken(TOKEN_SCOPE);
      return await httpCall(method, url, {
        headers: {
          authorization: `Bearer ${token?.token}`,
          'x-ms-version': API_VERSION,
          'x-ms-date': new Date().toUTCString(),
          ...headers,
        },
        ...(body !== undefined && { body }),
        timeoutMs: STORAGE_TIMEOUT_MS,
      });
    } catch (error) {
      throw new WindowsError(
        'noStorage',
        `The storage of windows could not be reached: ${(error as Error).message}`,
      );
    }
  }

  async function remove(externalPartnerId: string, headers: Record<string, string> = {}): Promise<void> {
    const response = await call('DELETE', externalPartnerId, { headers });
    const isGone = isNotFound(response, 'BlobNotFound') || isNotFound(response, 'ContainerNotFound');
    if (response.status !== 202 && !isGone) throw refused(response);
  }

  return {
    async prepare() {
      await credential.getToken(TOKEN_SCOPE).catch(() => {});
    },

    async read(externalPartnerId) {
      const response = await call('GET', externalPartnerId);
      if (isNotFound(response, 'BlobNotFound')) return { windows: [] };
      if (response.status !== 200) throw refused(response);
      return { windows: readWindows(response.body), etag: response.headers.etag };
    },

    async write(externalPartnerId, { windows, etag }) {
      const condition: Record<string, string> =
        etag === undefined ? { 'if-none-match': '*' } : { 'if-match': etag };
      if (windows.length === 0) return etag === undefined ? undefined : remove(externalPartnerId, condition);
      const response = await call('PUT', externalPartnerId, {
        headers: { ...condition, 'x-ms-blob-type': 'BlockBlob', 'content-type': 'application/json' },
        body: JSON.stringify({ windows }),
      });
      if (response.status !== 201) throw refused(response);
    },

    remove: (externalPartnerId) => remove(externalPartnerId),
  };
}

/** The windows in a blob. @throws {WindowsError} if there is anything else in it */
export function readWindows(text: string): readonly Window[] {
  const { windows } = asObject(parseJson(text));
  const isWindow = (value: unknown) => {
    const { id, until } = asObject(value);
    return typeof id === 'string' && !Number.isNaN(Date.parse(String(until)));
  };
  if (Array.isArray(windows) && windows.every(isWindow)) return windows as Window[];
  throw new WindowsError(
    'noStorage',
    'What is stored of windows cannot be read; it is not what this app writes.',
  );
}

function isNotFound({ status, headers }: HttpResponse, code: 'BlobNotFound' | 'ContainerNotFound'): boolean {
  return status === 404 && headers['x-ms-error-code'] === code;
}

function refused({ status, headers }: HttpResponse): WindowsError {
  const advice =
    status === 403 || status === 401
      ? ": give the app's identity Storage Blob Data Owner on the storage account"
      : status === 404
        ? `: create the container ${WINDOWS_CONTAINER}`
        : '';
  const code = headers['x-ms-error-code'] ?? '';
  return new WindowsError(
    'noStorage',
    `The storage of windows responded with ${status} ${code}`.trim() + advice,
  );
}

function withSlash(url: URL): URL {
  return new URL(`${url.href.replace(/\/$/, '')}/`);
}
