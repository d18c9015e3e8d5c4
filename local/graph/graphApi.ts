import { randomUUID } from 'node:crypto';
import { bearerToken, type HttpRequest } from '../http/httpRequest.ts';
import type { HttpResponse } from '../http/httpResponse.ts';
import { graphError, type RequestIds } from './graphError.ts';

const CONTENT_TYPE =
  'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8';
const DIAGNOSTIC = JSON.stringify({
  ServerInfo: { DataCenter: 'Localhost', Slice: 'E', Ring: '5', ScaleUnit: '001', RoleInstance: 'LOCAL0001' },
});

/**
 * Handles one request in the way that all of Microsoft Graph does: only with a good token, and with Graph's headers on
 * the response.
 *
 * @param acceptToken whether a bearer token is good
 * @param route does what the request asks
 */
export function handleGraphRequest(
  request: HttpRequest,
  acceptToken: (token: string) => boolean,
  route: (request: HttpRequest, ids: RequestIds) => HttpResponse,
): HttpResponse {
  const ids = requestIds(request);
  const { status, headers, body } = refuseToken(request, acceptToken, ids) ?? route(request, ids);
  return {
    status,
    headers: {
      ...(body !== undefined && { 'Content-Type': CONTENT_TYPE }),
      'Cache-Control': 'no-cache',
      'request-id': ids.requestId,
      'client-request-id': ids.clientRequestId,
      'x-ms-ags-diagnostic': DIAGNOSTIC,
      ...headers,
    },
    ...(body !== undefined && { body }),
  };
}

/** A success that shows this object. */
export function success(status: 200 | 201, value: object): HttpResponse {
  return { status, body: JSON.stringify(value) };
}

/** The JSON object in the body of a write request, or the message of the 400 that it gets. */
export function readJsonBody({
  headers,
  body,
}: HttpRequest): { json: Readonly<Record<string, unknown>> } | { refusal: string } {
  if (!headers['content-type']?.startsWith('application/json'))
    return {
      refusal: 'Write requests (excluding DELETE) must contain the Content-Type header declaration.',
    };
  let json: unknown;
  try {
    json = JSON.parse(body.toString());
  } catch {
    return { refusal: 'Unable to read JSON request payload. Please ensure Content-Type header is set.' };
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    return { refusal: 'Empty Payload. JSON content expected.' };
  return { json: json as Record<string, unknown> };
}

export function segmentNotFound({ path }: HttpRequest, ids: RequestIds): HttpResponse {
  const segment = path.split('?', 1)[0]?.split('/').at(-1);
  return graphError(400, 'BadRequest', `Resource not found for the segment '${segment}'.`, ids);
}

export function methodNotAllowed({ method }: HttpRequest, allow: string, ids: RequestIds): HttpResponse {
  const { headers, ...response } = graphError(
    405,
    'MethodNotAllowed',
    `The method ${method} is not allowed here.`,
    ids,
  );
  return { ...response, headers: { ...headers, Allow: allow } };
}

function requestIds({ headers }: HttpRequest): RequestIds {
  const requestId = randomUUID();
  const sent = headers['client-request-id'];
  return { requestId, clientRequestId: typeof sent === 'string' ? sent : requestId };
}

function refuseToken(
  { headers }: HttpRequest,
  acceptToken: (token: string) => boolean,
  ids: RequestIds,
): HttpResponse | undefined {
  const token = bearerToken(headers);
  if (!token) return unauthorized('Access token is empty.', ids);
  if (!acceptToken(token)) return unauthorized('Access token validation failure.', ids);
  return undefined;
}

function unauthorized(message: string, ids: RequestIds): HttpResponse {
  const { headers, ...response } = graphError(401, 'InvalidAuthenticationToken', message, ids);
  return {
    ...response,
    headers: {
      ...headers,
      'WWW-Authenticate':
        'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", ' +
        'client_id="00000003-0000-0000-c000-000000000000"',
    },
  };
}
