import type { HttpResponse } from '../http/httpResponse.ts';
import { escapeXml, storageError, XML_HEAD } from './storageError.ts';
import type { StoredBlob } from './storedBlob.ts';

const LONGEST_PAGE = 5000;

/** A page of the blobs in a container, in the order of their names ("List Blobs"). */
export function listBlobs(
  serviceUrl: string,
  container: string,
  blobs: ReadonlyMap<string, StoredBlob>,
  query: URLSearchParams,
): HttpResponse {
  const prefix = query.get('prefix') ?? '';
  const marker = query.get('marker') ?? '';
  if (!/^[1-9]\d*$/.test(query.get('maxresults') ?? '1')) {
    const message =
      'One of the query parameters specified in the request URI is outside the permissible range.';
    return storageError(400, 'OutOfRangeQueryParameterValue', message);
  }
  const size = Math.min(Number(query.get('maxresults') ?? LONGEST_PAGE), LONGEST_PAGE);
  const found = [...blobs]
    .filter(([name]) => name.startsWith(prefix) && name >= marker)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const next = found[size]?.[0] ?? '';
  const body = `${XML_HEAD}<EnumerationResults ServiceEndpoint="${serviceUrl}/" ContainerName="${container}">\
<Prefix>${escapeXml(prefix)}</Prefix><Marker>${escapeXml(marker)}</Marker><MaxResults>${size}</MaxResults>\
<Blobs>${found.slice(0, size).map(blobXml).join('')}</Blobs>\
<NextMarker>${escapeXml(next)}</NextMarker></EnumerationResults>`;
  return { status: 200, headers: { 'Content-Type': 'application/xml' }, body };
}

function blobXml([name, blob]: readonly [string, StoredBlob]): string {
  const properties = {
    'Creation-Time': blob.createdAt.toUTCString(),
    'Last-Modified': blob.lastModified.toUTCString(),
    // Unlike in the header, without quotation marks.
    Etag: blob.etag.replaceAll('"', ''),
    'Content-Length': String(blob.content.length),
    'Content-Type': blob.contentType,
    BlobType: 'BlockBlob',
    LeaseStatus: 'unlocked',
    LeaseState: 'available',
    ServerEncrypted: 'true',
  };
  const elements = Object.entries(properties).map(([key, value]) => `<${key}>${escapeXml(value)}</${key}>`);
  return `<Blob><Name>${escapeXml(name)}</Name><Properties>${elements.join('')}</Properties></Blob>`;
}
