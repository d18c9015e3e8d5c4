import { randomUUID } from 'node:crypto';
import type { HttpAnswer } from '../http/fault.ts';

/** An error as Microsoft Graph words it ("Microsoft Graph error responses and resource types"). */
export function graphError(
  status: number,
  code: string,
  message: string,
  {
    requestId = randomUUID(),
    clientRequestId = requestId,
  }: { requestId?: string; clientRequestId?: string } = {},
): HttpAnswer {
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
