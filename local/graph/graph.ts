import { gzipSync } from 'node:zlib';
import type { HttpRequest } from '../http/httpRequest.ts';
import type { HttpResponse } from '../http/httpResponse.ts';
import type { HttpServerOptions } from '../http/httpServer.ts';
import { type FaultInjection, type StandInServer, startStandInServer } from '../http/standInServer.ts';
import { isAuditPath, routeAuditRequest } from './auditEventsApi.ts';
import type { CloudPcExternalPartner } from './cloudPcExternalPartner.ts';
import { createDirectory, type Directory } from './directory.ts';
import { isDirectoryPath, routeDirectoryRequest } from './directoryApi.ts';
import { handleGraphRequest } from './graphApi.ts';
import type { RequestIds } from './graphError.ts';
import { readPartnerPath, readPatch, routePartnersRequest } from './partnersApi.ts';
import { samplePartners } from './samplePartners.ts';

/** What the journal says about a request to Graph besides the usual. */
export type GraphRequestDetails = {
  /** From the path, in lower case. */
  readonly externalPartnerId?: string;
  /** What a PATCH asked for. */
  readonly enableConnection?: boolean;
  readonly clientRequestId?: string;
  /** Whether the partner now is in the state that a PATCH asked for. */
  readonly applied: boolean;
};

/** The running stand-in for Microsoft Graph. */
export type GraphStandIn = StandInServer<GraphRequestDetails> &
  FaultInjection & {
    /** By id in lower case. May be changed at any time. */
    readonly partners: Map<string, CloudPcExternalPartner>;
    readonly directory: Directory;
  };

export type GraphOptions = HttpServerOptions & {
  readonly tls: { readonly key: string; readonly cert: string };
  /** Default: the sample partners. */
  readonly partners?: readonly CloudPcExternalPartner[];
  /** Whether a bearer token is good; default: any is. */
  acceptToken?(token: string): boolean;
  /** How many requests the journal keeps at least; default: 100,000; 0 for none. */
  readonly keep?: number;
};

/**
 * Stands in for what Microsoft Graph knows of external partners (beta) and of their changes, and of the permissions that identities have
 * (v1.0).
 */
export async function startGraph({
  partners: initialPartners = samplePartners,
  acceptToken = () => true,
  keep = 100_000,
  ...serverOptions
}: GraphOptions): Promise<GraphStandIn> {
  const partners = new Map(initialPartners.map((partner) => [partner.id.toLowerCase(), partner]));
  const directory = createDirectory();
  const url = () => graph.url;
  const route = (request: HttpRequest, ids: RequestIds): HttpResponse => {
    if (isDirectoryPath(request.path)) return routeDirectoryRequest({ directory, url }, request, ids);
    if (!isAuditPath(request.path)) return routePartnersRequest({ partners, url }, request, ids);
    const applied = graph.journal.filter((entry) => entry.applied);
    return routeAuditRequest(applied, request, ids);
  };
  const server = await startStandInServer({
    ...serverOptions,
    maxBodyBytes: 1024 * 1024,
    keep,
    handle: (request) =>
      encodeFor(
        request,
        handleGraphRequest(request, acceptToken, (accepted, ids) => route(accepted, ids)),
      ),
    faultFor: (request) => graph.fault?.(request),
    details: readDetails,
  });
  const graph: GraphStandIn = { ...server, fault: undefined, partners, directory };
  return graph;
}

/** RFC 9110: a request that says nothing about codings takes any. */
function encodeFor({ headers }: HttpRequest, response: HttpResponse): HttpResponse {
  const accepted = String(headers['accept-encoding'] ?? 'gzip');
  if (!accepted.includes('gzip') || !response.body) return response;
  return {
    ...response,
    headers: { ...response.headers, 'Content-Encoding': 'gzip' },
    body: gzipSync(response.body),
  };
}

function readDetails(request: HttpRequest, response: HttpResponse | undefined): GraphRequestDetails {
  const externalPartnerId = readPartnerPath(request.path)?.externalPartnerId;
  const isPatch = request.method === 'PATCH';
  const wanted = isPatch ? readPatch(request) : undefined;
  const clientRequestId = request.headers['client-request-id'];
  return {
    ...(externalPartnerId !== undefined && { externalPartnerId }),
    ...(wanted && 'enableConnection' in wanted && { enableConnection: wanted.enableConnection }),
    ...(typeof clientRequestId === 'string' && { clientRequestId }),
    applied: isPatch && response?.status === 200,
  };
}
