import type { IncomingHttpHeaders } from 'node:http';

/** The bearer token of a request, or an empty string. */
export function bearerToken({ authorization }: IncomingHttpHeaders): string {
  return /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1] ?? '';
}
