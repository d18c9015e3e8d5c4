import { randomUUID } from 'node:crypto';
import { bearerToken, type HttpRequest } from '../http/httpRequest.ts';
import type { HttpResponse } from '../http/httpResponse.ts';
import { type CloudPcExternalPartner, partnerType, withConnection } from './cloudPcExternalPartner.ts';
import { graphError, type RequestIds } from './graphError.ts';

const PARTNERS_PATH = '/beta/deviceManagement/virtualEndpoint/externalPartners';
const PARTNERS_PATTERN = new RegExp(`^${PARTNERS_PATH}(?:/([^/]+))?/?$`, 'i');
const CONTEXT = '/beta/$metadata#deviceManagement/virtualEndpoint/externalPartners';
const CONTENT_TYPE =
  'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8';
const DIAGNOSTIC = JSON.stringify({
  ServerInfo: { DataCenter: 'Localhost', Slice: 'E', Ring: '5', ScaleUnit: '001', RoleInstance: 'LOCAL0001' },
});

/** What the API works on. */
export type PartnersApi = {
  /** By id in lower case. */
  readonly partners: Map<string, CloudPcExternalPartner>;
  /** Whether a bearer token is good. */
  acceptToken(token: string): boolean;
  /** Of the server: scheme, host and port. */
  url(): string;
};

/** Handles one request to externalPartners of Microsoft Graph beta: list, get and PATCH. */
export function handlePartnersRequest(api: PartnersApi, request: HttpRequest): HttpResponse {
  const ids = requestIds(request);
  const { status, headers, body } = route(api, request, ids);
  return {
    status,
    headers: {
      'Content-Type': CONTENT_TYPE,
      'Cache-Control': 'no-cache',
      'request-id': ids.requestId,
      'client-request-id': ids.clientRequestId,
      'x-ms-ags-diagnostic': DIAGNOSTIC,
      ...headers,
    },
    ...(body !== undefined && { body }),
  };
}

/**
 * Which partner a path names, in lower case: none for the list.
 *
 * @returns undefined for a path outside of externalPartners
 */
export function readPartnerPath(path: string): { externalPartnerId?: string } | undefined {
  const match = PARTNERS_PATTERN.exec(path.split('?', 1)[0] ?? '');
  if (!match) return undefined;
  return match[1] === undefined ? {} : { externalPartnerId: match[1].toLowerCase() };
}

/** What a PATCH asks for, or the message of the 400 that it gets. */
export function readPatch({
  headers,
  body,
}: HttpRequest): { enableConnection: boolean } | { refusal: string } {
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
  const { '@odata.type': type = partnerType, enableConnection, ...others } = json as Record<string, unknown>;
  if (type !== partnerType) return { refusal: `A type named '${type}' cannot be used here.` };
  const [other] = Object.keys(others);
  if (other !== undefined) return { refusal: `The property '${other}' cannot be updated.` };
  if (typeof enableConnection !== 'boolean')
    return { refusal: "Cannot convert the value of 'enableConnection' to the expected type 'Edm.Boolean'." };
  return { enableConnection };
}

function route(api: PartnersApi, request: HttpRequest, ids: RequestIds): HttpResponse {
  const token = bearerToken(request.headers);
  if (!token) return unauthorized('Access token is empty.', ids);
  if (!api.acceptToken(token)) return unauthorized('Access token validation failure.', ids);

  const target = readPartnerPath(request.path);
  if (!target) {
    const segment = request.path.split(/[/?]/).at(-1);
    return graphError(400, 'BadRequest', `Resource not found for the segment '${segment}'.`, ids);
  }
  if (target.externalPartnerId === undefined) return listPartners(api, request, ids);
  const partner = api.partners.get(target.externalPartnerId);
  if (request.method !== 'GET' && request.method !== 'PATCH')
    return methodNotAllowed(request, 'GET, PATCH', ids);
  if (!partner)
    return graphError(404, 'NotFound', `Resource '${target.externalPartnerId}' could not be found.`, ids);
  return request.method === 'GET' ? partnerResponse(api, partner) : patchPartner(api, request, partner, ids);
}

function listPartners(api: PartnersApi, request: HttpRequest, ids: RequestIds): HttpResponse {
  if (request.method !== 'GET') return methodNotAllowed(request, 'GET', ids);
  return ok({ '@odata.context': `${api.url()}${CONTEXT}`, value: [...api.partners.values()] });
}

function partnerResponse(api: PartnersApi, partner: CloudPcExternalPartner): HttpResponse {
  return ok({
    '@odata.context': `${api.url()}${CONTEXT}/$entity`,
    '@odata.type': partnerType,
    ...partner,
  });
}

function patchPartner(
  api: PartnersApi,
  request: HttpRequest,
  partner: CloudPcExternalPartner,
  ids: RequestIds,
): HttpResponse {
  const wanted = readPatch(request);
  if ('refusal' in wanted) return graphError(400, 'BadRequest', wanted.refusal, ids);
  const changed = withConnection(partner, wanted.enableConnection);
  api.partners.set(partner.id.toLowerCase(), changed);
  return partnerResponse(api, changed);
}

function requestIds({ headers }: HttpRequest): RequestIds {
  const requestId = randomUUID();
  const sent = headers['client-request-id'];
  return { requestId, clientRequestId: typeof sent === 'string' ? sent : requestId };
}

function ok(body: object): HttpResponse {
  return { status: 200, body: JSON.stringify(body) };
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

function methodNotAllowed({ method }: HttpRequest, allow: string, ids: RequestIds): HttpResponse {
  const { headers, ...response } = graphError(
    405,
    'MethodNotAllowed',
    `The method ${method} is not allowed here.`,
    ids,
  );
  return { ...response, headers: { ...headers, Allow: allow } };
}
