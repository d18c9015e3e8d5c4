import type { IncomingHttpHeaders } from 'node:http';
import type { HttpRequest } from '../http/httpRequest.ts';
import type { HttpResponse } from '../http/httpResponse.ts';
import { listBlobs } from './blobList.ts';
import { checkConditions } from './conditions.ts';
import { storageError } from './storageError.ts';
import { type Containers, type StoredBlob, writeBlob } from './storedBlob.ts';

/** What a path names: `/<container>/<blob>`. Undefined if it is not properly percent-encoded. */
export function readBlobPath(path: string): { container: string; blob: string } | undefined {
  const [, container = '', ...rest] = new URL(`https://localhost${path}`).pathname.split('/');
  try {
    return { container: decodeURIComponent(container), blob: decodeURIComponent(rest.join('/')) };
  } catch {
    return undefined;
  }
}

/** Does what an authorized request asks. @param serviceUrl without a slash at the end */
export function routeBlobRequest(
  containers: Containers,
  request: HttpRequest,
  serviceUrl: string,
): HttpResponse {
  const path = readBlobPath(request.path);
  if (path === undefined)
    return storageError(
      400,
      'InvalidUri',
      'The requested URI does not represent any resource on the server.',
    );
  const { searchParams } = new URL(`https://localhost${request.path}`);
  const blobs = containers.get(path.container);
  const operation = `${searchParams.get('restype') ?? ''} ${searchParams.get('comp') ?? ''}`;
  const isKnown =
    path.blob === '' ? operation === 'container list' && request.method === 'GET' : operation === ' ';
  if (!isKnown) return notSupported(request);
  if (blobs === undefined)
    return storageError(404, 'ContainerNotFound', 'The specified container does not exist.');
  if (path.blob === '') return listBlobs(serviceUrl, path.container, blobs, searchParams);
  switch (request.method) {
    case 'GET':
    case 'HEAD':
      return getBlob(blobs.get(path.blob), request.headers);
    case 'PUT':
      return putBlob(blobs, path.blob, request);
    case 'DELETE':
      return deleteBlob(blobs, path.blob, request.headers);
    default:
      return notSupported(request);
  }
}

function getBlob(blob: StoredBlob | undefined, headers: IncomingHttpHeaders): HttpResponse {
  if (blob === undefined) return notFound();
  const condition = checkConditions(headers, blob);
  if (condition === 'failed') return conditionNotMet();
  if (condition === 'unchanged') return notModified(blob);
  return {
    status: 200,
    headers: {
      ...stateHeaders(blob),
      'Content-Type': blob.contentType,
      'Accept-Ranges': 'bytes',
      'x-ms-blob-type': 'BlockBlob',
      'x-ms-creation-time': blob.createdAt.toUTCString(),
      'x-ms-lease-status': 'unlocked',
      'x-ms-lease-state': 'available',
      'x-ms-server-encrypted': 'true',
    },
    body: blob.content,
  };
}

function putBlob(blobs: Map<string, StoredBlob>, name: string, { headers, body }: HttpRequest): HttpResponse {
  const earlier = blobs.get(name);
  if (headers['content-length'] === undefined)
    return storageError(411, 'MissingContentLengthHeader', 'Content-Length HTTP header is missing');
  if (headers['x-ms-blob-type'] === undefined)
    return storageError(
      400,
      'MissingRequiredHeader',
      "An HTTP header that's mandatory for this request is not specified: x-ms-blob-type.",
    );
  if (headers['x-ms-blob-type'] !== 'BlockBlob')
    return storageError(
      400,
      'InvalidHeaderValue',
      'The value for one of the HTTP headers is not in the correct format: x-ms-blob-type.',
    );
  const condition = checkConditions(headers, earlier);
  if (condition === 'unchanged' && headers['if-none-match'] === '*')
    return storageError(409, 'BlobAlreadyExists', 'The specified blob already exists.');
  if (condition !== 'met') return conditionNotMet();
  const contentType = headers['x-ms-blob-content-type'] ?? headers['content-type'];
  const blob = writeBlob(body, String(contentType ?? 'application/octet-stream'), earlier);
  blobs.set(name, blob);
  return { status: 201, headers: { ...stateHeaders(blob), 'x-ms-request-server-encrypted': 'true' } };
}

function deleteBlob(
  blobs: Map<string, StoredBlob>,
  name: string,
  headers: IncomingHttpHeaders,
): HttpResponse {
  const blob = blobs.get(name);
  if (blob === undefined) return notFound();
  if (checkConditions(headers, blob) !== 'met') return conditionNotMet();
  blobs.delete(name);
  return { status: 202, headers: { 'x-ms-delete-type-permanent': 'true' } };
}

function stateHeaders({ etag, lastModified }: StoredBlob): Record<string, string> {
  return { ETag: etag, 'Last-Modified': lastModified.toUTCString() };
}

function notModified(blob: StoredBlob): HttpResponse {
  return { status: 304, headers: { ...stateHeaders(blob), 'x-ms-error-code': 'ConditionNotMet' } };
}

function conditionNotMet(): HttpResponse {
  return storageError(
    412,
    'ConditionNotMet',
    'The condition specified using HTTP conditional header(s) is not met.',
  );
}

function notFound(): HttpResponse {
  return storageError(404, 'BlobNotFound', 'The specified blob does not exist.');
}

function notSupported({ method, path }: HttpRequest): HttpResponse {
  return storageError(501, 'NotImplemented', `The local Blob Storage does not know ${method} ${path}.`);
}
