import type { HttpRequest } from '../http/httpRequest.ts';
import type { HttpResponse } from '../http/httpResponse.ts';
import { type CloudPcExternalPartner, PARTNER_TYPE, withConnection } from './cloudPcExternalPartner.ts';
import { methodNotAllowed, readJsonBody, segmentNotFound, success } from './graphApi.ts';
import { graphError, type RequestIds } from './graphError.ts';

const PARTNERS_PATH = '/beta/deviceManagement/virtualEndpoint/externalPartners';
const PARTNERS_PATTERN = new RegExp(`^${PARTNERS_PATH}(?:/([^/]+))?/?$`, 'i');
const CONTEXT = '/beta/$metadata#deviceManagement/virtualEndpoint/externalPartners';

/** What the API works on. */
export type PartnersApi = {
  /** By id in lower case. */
  readonly partners: Map<string, CloudPcExternalPartner>;
  /** Of the server: scheme, host and port. */
  url(): string;
};

/** Handles one request to externalPartners of Microsoft Graph beta: list, get and PATCH. */
export function routePartnersRequest(api: PartnersApi, request: HttpRequest, ids: RequestIds): HttpResponse {
  const target = readPartnerPath(request.path);
  if (!target) return segmentNotFound(request, ids);
  if (target.externalPartnerId === undefined) return listPartners(api, request, ids);
  const partner = api.partners.get(target.externalPartnerId);
  if (request.method !== 'GET' && request.method !== 'PATCH')
    return methodNotAllowed(request, 'GET, PATCH', ids);
  if (!partner)
    return graphError(404, 'NotFound', `Resource '${target.externalPartnerId}' could not be found.`, ids);
  return request.method === 'GET' ? partnerResponse(api, partner) : patchPartner(api, request, partner, ids);
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
export function readPatch(request: HttpRequest): { enableConnection: boolean } | { refusal: string } {
  const read = readJsonBody(request);
  if ('refusal' in read) return read;
  const { '@odata.type': type = PARTNER_TYPE, enableConnection, ...others } = read.json;
  if (type !== PARTNER_TYPE) return { refusal: `A type named '${type}' cannot be used here.` };
  const [other] = Object.keys(others);
  if (other !== undefined) return { refusal: `The property '${other}' cannot be updated.` };
  if (typeof enableConnection !== 'boolean')
    return { refusal: "Cannot convert the value of 'enableConnection' to the expected type 'Edm.Boolean'." };
  return { enableConnection };
}

function listPartners(api: PartnersApi, request: HttpRequest, ids: RequestIds): HttpResponse {
  if (request.method !== 'GET') return methodNotAllowed(request, 'GET', ids);
  return success(200, { '@odata.context': `${api.url()}${CONTEXT}`, value: [...api.partners.values()] });
}

function partnerResponse(api: PartnersApi, partner: CloudPcExternalPartner): HttpResponse {
  return success(200, {
    '@odata.context': `${api.url()}${CONTEXT}/$entity`,
    '@odata.type': PARTNER_TYPE,
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
