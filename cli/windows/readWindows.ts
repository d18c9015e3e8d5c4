import { type HttpResponse, httpCall } from '../../shared/kit/httpCall.ts';
import {
  readWindows as readStored,
  WINDOWS_CONTAINER,
  type Window,
} from '../../shared/windows/windowStore.ts';
import { RefusedError } from '../azure/callAzure.ts';
import { type AzureService, getToken } from '../azure/signIn.ts';
import { UnreachableError } from '../command/errors.ts';

/** A window, open or overdue, and whose it is. */
export type PartnerWindow = Window & { readonly externalPartnerId: string };

const VERSION = '2023-11-03';
const TIMEOUT_MS = 20_000;
/** Of a list with 5,000 partners a page. */
const MAX_PAGES = 100;

/**
 * The windows of every partner, the one that ends first at the beginning. Sources: "List Blobs", "Get Blob".
 *
 * @throws {UnreachableError} for whatever the storage, the sign-in or the network says
 */
export async function readWindows(storage: AzureService): Promise<PartnerWindow[]> {
  const authorization = `Bearer ${await getToken(storage)}`;
  const get = (path: string) => call(storage, path, authorization);
  const windows: PartnerWindow[] = [];
  for (const name of await listNames(get)) {
    const { status, body } = await get(`/${WINDOWS_CONTAINER}/${name}`);
    // Closed in the meantime.
    if (status === 404) continue;
    const externalPartnerId = name.replace(/\.json$/, '');
    windows.push(...parse(storage, body).map((window) => ({ ...window, externalPartnerId })));
  }
  return windows.sort((one, other) => one.until.localeCompare(other.until));
}

async function listNames(get: (path: string) => Promise<HttpResponse>): Promise<string[]> {
  const names: string[] = [];
  let marker = '';
  for (let page = 0; page < MAX_PAGES; page++) {
    const query = `restype=container&comp=list&maxresults=1000${marker && `&marker=${encodeURIComponent(marker)}`}`;
    const { status, body } = await get(`/${WINDOWS_CONTAINER}?${query}`);
    if (status === 404) return [];
    for (const [, name = ''] of body.matchAll(/<Name>([\w-]{1,64}\.json)<\/Name>/g)) names.push(name);
    marker = /<NextMarker>([^<]{1,1024})<\/NextMarker>/.exec(body)?.[1] ?? '';
    if (marker === '') break;
  }
  return names;
}

async function call(storage: AzureService, path: string, authorization: string): Promise<HttpResponse> {
  const { name, baseUrl, hint, permissionHint } = storage;
  const response = await httpCall('GET', new URL(`${baseUrl}${path}`), {
    headers: { authorization, 'x-ms-version': VERSION, 'x-ms-date': new Date().toUTCString() },
    timeoutMs: TIMEOUT_MS,
  }).catch((error: Error) => {
    throw new UnreachableError(`Cannot reach ${name}: ${error.message}. ${hint}`, { cause: error });
  });
  if (response.status === 200 || response.status === 404) return response;
  throw new RefusedError(
    name,
    response.status,
    response.status === 403 ? (permissionHint ?? '') : 'Try again later.',
  );
}

function parse({ name }: AzureService, text: string): readonly Window[] {
  try {
    return readStored(text);
  } catch (error) {
    throw new UnreachableError(`${name}: ${(error as Error).message}`, { cause: error });
  }
}
