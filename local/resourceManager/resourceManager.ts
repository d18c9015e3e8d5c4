import { bearerToken, type HttpRequest } from '../http/httpRequest.ts';
import { type HttpResponse, jsonResponse } from '../http/httpResponse.ts';
import type { HttpServerOptions } from '../http/httpServer.ts';
import { type FaultInjection, type StandInServer, startStandInServer } from '../http/standInServer.ts';

/** The properties of a resource, as Azure Resource Manager shows them. */
export type ResourceProperties = Readonly<Record<string, unknown>>;

/** The running stand-in for Azure Resource Manager. */
export type ResourceManagerStandIn = StandInServer<object> &
  FaultInjection & {
    /** The properties of every resource by its id. May be changed at any time. */
    readonly resources: Map<string, ResourceProperties>;
  };

export type ResourceManagerOptions = HttpServerOptions & {
  readonly tls: { readonly key: string; readonly cert: string };
  readonly resources: Readonly<Record<string, ResourceProperties>>;
  /** Whether a bearer token is good; default: any is. */
  acceptToken?(token: string): boolean;
};

const MAX_BODY_BYTES = 64 * 1024;
const JOURNAL_KEEPS = 10_000;

/** Stands in for Azure Resource Manager: shows a resource by its id, whatever the case. */
export async function startResourceManager({
  resources: initialResources,
  acceptToken = () => true,
  ...serverOptions
}: ResourceManagerOptions): Promise<ResourceManagerStandIn> {
  const resources = new Map(Object.entries(initialResources));

  function handle({ method, path, headers }: HttpRequest): HttpResponse {
    const { pathname, searchParams } = new URL(path, 'https://localhost');
    if (!acceptToken(bearerToken(headers)))
      return refusal(401, 'AuthenticationFailed', 'Authentication failed.');
    if (!searchParams.has('api-version')) {
      const message = 'The api-version query parameter (?api-version=) is required for all requests.';
      return refusal(400, 'MissingApiVersionParameter', message);
    }
    if (method !== 'GET')
      return refusal(405, 'MethodNotAllowed', `The method ${method} is not allowed here.`);
    const wanted = decodeURIComponent(pathname);
    const [, scope] = /^(.+)\/providers\/Microsoft\.Authorization\/roleAssignments$/i.exec(wanted) ?? [];
    if (scope !== undefined) return jsonResponse(200, { value: roleAssignmentsOf(scope) });
    const [id, properties] = [...resources].find(([one]) => one.toLowerCase() === wanted.toLowerCase()) ?? [];
    if (id === undefined) return refusal(404, 'ResourceNotFound', `The Resource '${wanted}' was not found.`);
    return jsonResponse(200, toResource(id, properties));
  }

  /** At a scope, above it and below it, as the list is without a filter ("List Azure role assignments using REST"). */
  function roleAssignmentsOf(wanted: string) {
    const isWithin = (inner: string, outer: string) =>
      `${inner}/`.toLowerCase().startsWith(`${outer}/`.toLowerCase());
    return [...resources].flatMap(([id, properties]) => {
      if (typeOf(id) !== 'Microsoft.Authorization/roleAssignments') return [];
      const scope = String(properties.scope);
      return isWithin(scope, wanted) || isWithin(wanted, scope) ? [toResource(id, properties)] : [];
    });
  }

  const server = await startStandInServer({
    ...serverOptions,
    maxBodyBytes: MAX_BODY_BYTES,
    keep: JOURNAL_KEEPS,
    handle,
    faultFor: (request) => resourceManager.fault?.(request),
    details: () => ({}),
  });
  const resourceManager: ResourceManagerStandIn = { ...server, fault: undefined, resources };
  return resourceManager;
}

function toResource(id: string, properties: ResourceProperties | undefined) {
  return { id, name: id.split('/').at(-1), type: typeOf(id), properties };
}

/** Such as Microsoft.ServiceBus/namespaces/queues: what stands in front of the names after `providers`. */
function typeOf(id: string): string {
  const [provider, ...rest] = id.split('/providers/').at(-1)?.split('/') ?? [];
  return [provider, ...rest.filter((_, index) => index % 2 === 0)].join('/');
}

function refusal(status: number, code: string, message: string): HttpResponse {
  return jsonResponse(status, { error: { code, message } });
}
