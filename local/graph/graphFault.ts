import type { Fault } from '../http/fault.ts';
import { graphError } from './graphError.ts';

/** A documented error of Microsoft Graph instead of the true response. */
export function graphFault(
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Fault {
  const response = graphError(status, code, message);
  return { kind: 'response', ...response, headers: { ...response.headers, ...headers } };
}

/** 429; `retryAfter` is sent as it is: seconds, an HTTP date, garbage, or not at all. */
export function throttled(retryAfter?: string): Fault {
  return graphFault(429, 'TooManyRequests', 'Too many requests.', retryAfterHeader(retryAfter));
}

export function serviceUnavailable(retryAfter?: string): Fault {
  const message = 'The service is temporarily unavailable.';
  return graphFault(503, 'serviceNotAvailable', message, retryAfterHeader(retryAfter));
}

export function internalServerError(): Fault {
  return graphFault(500, 'InternalServerError', 'An internal server error occurred.');
}

/** 504; with `apply` the service behind the gateway has made the change all the same. */
export function gatewayTimeout({ apply = false }: { apply?: boolean } = {}): Fault {
  const fault = graphFault(504, 'GatewayTimeout', 'The service did not respond in time.');
  return fault.kind === 'response' ? { ...fault, apply } : fault;
}

/** 502 as a front door sends it: HTML, and none of Graph's headers. */
export function badGatewayHtml(): Fault {
  return html(502, '<h2>Our services are not available right now</h2>');
}

export function badRequest(): Fault {
  return graphFault(400, 'BadRequest', 'The request is not valid.');
}

export function unauthorized(): Fault {
  return graphFault(401, 'InvalidAuthenticationToken', 'Lifetime validation failed, the token is expired.', {
    'WWW-Authenticate': 'Bearer realm="", client_id="00000003-0000-0000-c000-000000000000"',
  });
}

export function forbidden(): Fault {
  return graphFault(403, 'Authorization_RequestDenied', 'Insufficient privileges to complete the operation.');
}

export function notFound(): Fault {
  return graphFault(404, 'NotFound', 'The resource could not be found.');
}

export function requestTimeout(): Fault {
  return graphFault(408, 'RequestTimeout', 'The request timed out.');
}

export function conflict(): Fault {
  return graphFault(409, 'Conflict', 'The resource is being changed by another request.');
}

export function redirect(location: string): Fault {
  return { kind: 'response', status: 307, headers: { Location: location } };
}

/** An HTML page, the most misleading response with status 200. */
export function html(status = 200, content = '<p>Please wait.</p>'): Fault {
  return {
    kind: 'response',
    status,
    headers: { 'Content-Type': 'text/html' },
    body: `<!DOCTYPE html><html><body>${content}</body></html>`,
  };
}

/** A status with any body, as JSON by its header at least: empty, cut off, another partner, another shape. */
export function json(status: number, body: unknown): Fault {
  return {
    kind: 'response',
    status,
    headers: { 'Content-Type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  };
}

function retryAfterHeader(retryAfter: string | undefined): Readonly<Record<string, string>> {
  return retryAfter === undefined ? {} : { 'Retry-After': retryAfter };
}
