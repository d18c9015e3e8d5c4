import type { IncomingHttpHeaders } from 'node:http';
import type { StoredBlob } from './storedBlob.ts';

/**
 * What the conditional headers of a request say to a blob, or to there being none: `failed` if it has to be another
 * one, `unchanged` if it has to be any but this one ("Specifying conditional headers for Blob service operations").
 */
export function checkConditions(
  headers: IncomingHttpHeaders,
  blob: StoredBlob | undefined,
): 'met' | 'failed' | 'unchanged' {
  const { 'if-match': match, 'if-none-match': noneMatch } = headers;
  if (blob === undefined) return match === undefined ? 'met' : 'failed';
  const { etag } = blob;
  // HTTP tells times in whole seconds.
  const modified = Math.floor(blob.lastModified.getTime() / 1000) * 1000;
  const unmodifiedSince = timeOf(headers['if-unmodified-since']);
  const modifiedSince = timeOf(headers['if-modified-since']);
  if (match !== undefined && match !== '*' && match !== etag) return 'failed';
  if (unmodifiedSince !== undefined && modified > unmodifiedSince) return 'failed';
  if (noneMatch === '*' || noneMatch === etag) return 'unchanged';
  if (modifiedSince !== undefined && modified <= modifiedSince) return 'unchanged';
  return 'met';
}

/** Milliseconds since the epoch; a header that is not a time counts as absent. */
function timeOf(header: string | undefined): number | undefined {
  const time = Date.parse(header ?? '');
  return Number.isNaN(time) ? undefined : time;
}
