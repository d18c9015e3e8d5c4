import { bearerToken, type HttpRequest } from '../http/httpRequest.ts';
import { type HttpResponse, jsonResponse } from '../http/httpResponse.ts';
import type { HttpServerOptions } from '../http/httpServer.ts';
import { type FaultInjection, type StandInServer, startStandInServer } from '../http/standInServer.ts';
import { askEvents, type RecordedEvent } from './questions.ts';

/** The running stand-in for the query API of Log Analytics. */
export type LogAnalyticsStandIn = StandInServer<object> & FaultInjection;

export type LogAnalyticsOptions = HttpServerOptions & {
  readonly tls: { readonly key: string; readonly cert: string };
  /** The resource id of the workspace that can be queried. */
  readonly workspaceId: string;
  /** The custom events that were recorded. */
  events(): readonly RecordedEvent[];
  /** Whether a bearer token is good; default: any is. */
  acceptToken?(token: string): boolean;
};

const MAX_BODY_BYTES = 64 * 1024;
const JOURNAL_KEEPS = 10_000;
/** Stands in for the query API of Log Analytics ("Querying logs for Azure resources"), for a few questions. */
export async function startLogAnalytics({
  workspaceId,
  events,
  acceptToken = () => true,
  ...serverOptions
}: LogAnalyticsOptions): Promise<LogAnalyticsStandIn> {
  function handle({ method, path, headers, body }: HttpRequest): HttpResponse {
    if (!acceptToken(bearerToken(headers))) {
      return refusal(403, 'InvalidAuthenticationToken', 'The access token is invalid.');
    }
    const resourceId = /^\/v1(\/.+)\/query$/.exec(path)?.[1];
    if (method !== 'POST' || resourceId === undefined) {
      return refusal(404, 'PathNotFoundError', 'The requested path does not exist');
    }
    if (resourceId.toLowerCase() !== workspaceId.toLowerCase()) {
      return refusal(404, 'ResourceNotFoundError', `The resource ${resourceId} was not found`);
    }
    const table = askEvents(readQuery(body), events());
    if (!table)
      return refusal(400, 'BadArgumentError', 'The local workspace does not understand this query.');
    return jsonResponse(200, { tables: [{ name: 'PrimaryResult', ...table }] });
  }

  const server = await startStandInServer({
    ...serverOptions,
    maxBodyBytes: MAX_BODY_BYTES,
    keep: JOURNAL_KEEPS,
    handle,
    faultFor: (request) => logAnalytics.fault?.(request),
    details: () => ({}),
  });
  const logAnalytics: LogAnalyticsStandIn = { ...server, fault: undefined };
  return logAnalytics;
}

function readQuery(body: Buffer): string {
  try {
    return String(Object(JSON.parse(body.toString())).query);
  } catch {
    return '';
  }
}

function refusal(status: number, code: string, message: string): HttpResponse {
  return jsonResponse(status, { error: { code, message } });
}
