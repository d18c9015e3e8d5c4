import { randomUUID } from 'node:crypto';
import type { HttpRequest } from '../http/httpRequest.ts';
import type { HttpResponse } from '../http/httpResponse.ts';
import type { HttpServerOptions } from '../http/httpServer.ts';
import { type FaultInjection, type StandInServer, startStandInServer } from '../http/standInServer.ts';
import { refuseToken } from './authorization.ts';
import { readBlobPath, routeBlobRequest } from './blobApi.ts';
import type { Containers } from './storedBlob.ts';

/** What the journal says about a request besides the usual. */
export type BlobRequestDetails = {
  readonly container?: string;
  /** Its name; absent for requests about the container. */
  readonly blob?: string;
  /** Why the request was refused, such as `BlobNotFound`. */
  readonly errorCode?: string;
};

/** The running stand-in for the blobs of a storage account. */
export type BlobStorageStandIn = StandInServer<BlobRequestDetails> &
  FaultInjection & {
    /** By name. Containers and blobs may be added and taken out at any time. */
    readonly containers: Containers;
  };

export type BlobStorageOptions = HttpServerOptions & {
  readonly tls: { readonly key: string; readonly cert: string };
  /** The names of the containers that there are at first. */
  readonly containers: readonly string[];
  /** Whether a bearer token is good; default: any is. */
  acceptToken?(token: string): boolean;
  /** How many requests the journal keeps at least; default: 100,000; 0 for none. */
  readonly keep?: number;
};

const MAX_BODY_BYTES = 4 * 1024 * 1024;

/** Stands in for Azure Blob Storage ("Blob service REST API"): block blobs that are written, read and deleted whole. */
export async function startBlobStorage({
  containers: names,
  acceptToken = () => true,
  keep = 100_000,
  ...serverOptions
}: BlobStorageOptions): Promise<BlobStorageStandIn> {
  const containers: Containers = new Map(names.map((name) => [name, new Map()]));

  function handle(request: HttpRequest): HttpResponse {
    const response =
      refuseToken(request, acceptToken) ?? routeBlobRequest(containers, request, blobStorage.url);
    const { 'x-ms-version': version, 'x-ms-client-request-id': clientRequestId } = request.headers;
    return {
      ...response,
      headers: {
        Server: 'Windows-Azure-Blob/1.0 Microsoft-HTTPAPI/2.0',
        'x-ms-request-id': randomUUID(),
        ...(typeof version === 'string' && { 'x-ms-version': version }),
        ...(typeof clientRequestId === 'string' && { 'x-ms-client-request-id': clientRequestId }),
        ...response.headers,
      },
    };
  }

  const server = await startStandInServer({
    ...serverOptions,
    maxBodyBytes: MAX_BODY_BYTES,
    keep,
    handle,
    faultFor: (request) => blobStorage.fault?.(request),
    details: readDetails,
  });
  const blobStorage: BlobStorageStandIn = { ...server, fault: undefined, containers };
  return blobStorage;
}

function readDetails({ path }: HttpRequest, response: HttpResponse | undefined): BlobRequestDetails {
  const { container, blob } = readBlobPath(path) ?? {};
  const errorCode = response?.headers?.['x-ms-error-code'];
  return { ...(container && { container }), ...(blob && { blob }), ...(errorCode && { errorCode }) };
}
