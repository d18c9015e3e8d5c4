import type { IncomingHttpHeaders } from 'node:http';

/** A request as a stand-in received it. */
export type HttpRequest = {
  /** Counts the requests of one server from 0. */
  readonly index: number;
  /** When it had arrived in full, milliseconds since the epoch. */
  readonly receivedAt: number;
  readonly method: string;
  /** Path and query, as sent. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
};

/** The bearer token of a request, or an empty string. */
export function bearerToken({ authorization }: IncomingHttpHeaders): string {
  return /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1] ?? '';
}
