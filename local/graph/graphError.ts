import { randomUUID } from 'node:crypto';
import type { HttpResponse } from '../http/httpResponse.ts';

/** The ids that Graph puts on a response. */
export type RequestIds = { readonly requestId: string; readonly clientRequestId: string };

/** An error as Microsoft Graph words it ("Microsoft Graph error responses and resource types"). */
export function graphError(
  status: number,
  code: string,
  message: string,
  { requestId = randomUUID(), clientRequestId = requestId }: Partial<RequestIds> = {},
): HttpResponse {
  const innerError = {
    date: new Date().toISOString().slice(0, 19),
    'request-id': requestId,
    'client-request-id': clientRequestId,
  };
  return {
    status,
    headers: {
      'Content-Type': 'application/json',
      'request-id': requestId,
      'client-request-id': clientRequestId,
    },
    body: JSON.stringify({ error: { code, message, innerError } }),
  };
}
