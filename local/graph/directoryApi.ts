import type { HttpRequest } from '../http/httpRequest.ts';
import type { HttpResponse } from '../http/httpResponse.ts';
import {
  type AppRoleAssignment,
  createAssignment,
  type Directory,
  type ServicePrincipal,
} from './directory.ts';
import { methodNotAllowed, readJsonBody, segmentNotFound, success } from './graphApi.ts';
import { graphError, type RequestIds } from './graphError.ts';

const PATH =
  /^\/v1\.0\/servicePrincipals(?:\/(?<id>[^/()]+)|\(appId='(?<appId>[^']+)'\))(?:\/(?<list>appRoleAssignedTo|appRoleAssignments)(?:\/(?<assignmentId>[^/]+))?)?$/i;
/** How many assignments a page holds, as in Graph. */
const PAGE_SIZE = 100;

/** What the API works on. */
export type DirectoryApi = {
  readonly directory: Directory;
  /** Of the server: scheme, host and port. */
  url(): string;
};

type Assignments = {
  readonly servicePrincipal: ServicePrincipal;
  /** Those that others have of it, or those that it has of others. */
  readonly list: 'appRoleAssignedTo' | 'appRoleAssignments';
};

/** Whether a path is one of the directory's. */
export function isDirectoryPath(path: string): boolean {
  return path.toLowerCase().startsWith('/v1.0/serviceprincipals');
}

/**
 * Handles one request to servicePrincipals of Microsoft Graph v1.0: get one by `id` or `appId`, and list, add and
 * remove what permissions it has (`appRoleAssignments`) or has granted (`appRoleAssignedTo`).
 */
export function routeDirectoryRequest(
  api: DirectoryApi,
  request: HttpRequest,
  ids: RequestIds,
): HttpResponse {
  const { pathname, searchParams } = new URL(request.path, api.url());
  const { id, appId, list, assignmentId } = PATH.exec(decodeURIComponent(pathname))?.groups ?? {};
  if (id === undefined && appId === undefined) return segmentNotFound(request, ids);
  const servicePrincipal = api.directory.servicePrincipals.find((one) =>
    isSame(id ?? appId, id === undefined ? one.appId : one.id),
  );
  if (!servicePrincipal) return notFound(id ?? appId, ids);
  if (list === undefined) {
    if (request.method !== 'GET') return methodNotAllowed(request, 'GET', ids);
    return success(200, {
      '@odata.context': `${api.url()}/v1.0/$metadata#servicePrincipals/$entity`,
      ...select(servicePrincipal, searchParams.get('$select')),
    });
  }
  const assignments: Assignments = {
    servicePrincipal,
    list: isSame(list, 'appRoleAssignedTo') ? 'appRoleAssignedTo' : 'appRoleAssignments',
  };
  if (assignmentId !== undefined) return removeAssignment(api, request, assignments, assignmentId, ids);
  if (request.method === 'GET') return listAssignments(api, assignments, searchParams);
  if (request.method === 'POST') return addAssignment(api, request, assignments, ids);
  return methodNotAllowed(request, 'GET, POST', ids);
}

function listAssignments(api: DirectoryApi, of: Assignments, query: URLSearchParams): HttpResponse {
  const skip = Number(query.get('$skiptoken') ?? 0);
  const all = api.directory.appRoleAssignments.filter((assignment) => belongsTo(assignment, of));
  const next = skip + PAGE_SIZE;
  const path = `${api.url()}/v1.0/servicePrincipals/${of.servicePrincipal.id}/${of.list}`;
  return success(200, {
    '@odata.context': `${api.url()}/v1.0/$metadata#appRoleAssignments`,
    ...(next < all.length && { '@odata.nextLink': `${path}?$skiptoken=${next}` }),
    value: all.slice(skip, next),
  });
}

function addAssignment(
  api: DirectoryApi,
  request: HttpRequest,
  of: Assignments,
  ids: RequestIds,
): HttpResponse {
  const badRequest = (message: string) => graphError(400, 'Request_BadRequest', message, ids);
  const read = readJsonBody(request);
  if ('refusal' in read) return graphError(400, 'BadRequest', read.refusal, ids);
  const { principalId, resourceId, appRoleId } = read.json;
  const { servicePrincipals, appRoleAssignments } = api.directory;
  const principal = servicePrincipals.find(({ id }) => isSame(principalId, id));
  const resource = servicePrincipals.find(({ id }) => isSame(resourceId, id));
  // What Graph says of a principal that does not exist, or has not arrived everywhere yet.
  if (!principal || !resource) return badRequest('Not a valid reference update.');
  const appRole = resource.appRoles.find(({ id }) => isSame(appRoleId, id));
  if (!appRole)
    return badRequest(`Permission being assigned was not found on application '${resource.appId}'.`);
  const assignment = createAssignment(principal, resource, appRole);
  if (!belongsTo(assignment, of)) return badRequest('One or more properties are invalid.');
  if (appRoleAssignments.some((existing) => isSameGrant(existing, assignment)))
    return badRequest('Permission being assigned already exists on the object');
  appRoleAssignments.push(assignment);
  const context = `${api.url()}/v1.0/$metadata#servicePrincipals('${of.servicePrincipal.id}')/${of.list}/$entity`;
  return success(201, { '@odata.context': context, ...assignment });
}

function removeAssignment(
  { directory: { appRoleAssignments } }: DirectoryApi,
  request: HttpRequest,
  of: Assignments,
  assignmentId: string,
  ids: RequestIds,
): HttpResponse {
  if (request.method !== 'DELETE') return methodNotAllowed(request, 'DELETE', ids);
  const index = appRoleAssignments.findIndex((one) => one.id === assignmentId && belongsTo(one, of));
  if (index < 0) return notFound(assignmentId, ids);
  appRoleAssignments.splice(index, 1);
  return { status: 204 };
}

function belongsTo(assignment: AppRoleAssignment, { servicePrincipal, list }: Assignments): boolean {
  const owner = list === 'appRoleAssignedTo' ? assignment.resourceId : assignment.principalId;
  return owner === servicePrincipal.id;
}

function isSameGrant(one: AppRoleAssignment, other: AppRoleAssignment): boolean {
  return (
    one.principalId === other.principalId &&
    one.resourceId === other.resourceId &&
    one.appRoleId === other.appRoleId
  );
}

function isSame(text: unknown, id: string): boolean {
  return typeof text === 'string' && text.toLowerCase() === id.toLowerCase();
}

function select(value: object, properties: string | null): object {
  if (properties === null) return value;
  const names = properties.split(',');
  return Object.fromEntries(Object.entries(value).filter(([name]) => names.includes(name)));
}

function notFound(id: string | undefined, ids: RequestIds): HttpResponse {
  const message = `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`;
  return graphError(404, 'Request_ResourceNotFound', message, ids);
}
