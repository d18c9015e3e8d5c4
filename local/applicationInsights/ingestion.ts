import { gunzipSync } from 'node:zlib';
import { createHistory } from '../history.ts';
import { bearerToken, type HttpRequest } from '../http/httpRequest.ts';
import { type HttpResponse, jsonResponse } from '../http/httpResponse.ts';
import type { HttpServerOptions } from '../http/httpServer.ts';
import { type FaultInjection, type StandInServer, startStandInServer } from '../http/standInServer.ts';
import {
  type Envelope,
  type IngestedDependency,
  type IngestedEvent,
  readDependency,
  readEnvelopes,
  readEvent,
} from './envelope.ts';

/** The running stand-in for ingestion. */
export type IngestionStandIn = StandInServer<object> &
  FaultInjection & {
    /** For `APPLICATIONINSIGHTS_CONNECTION_STRING`; sends live metrics here as well, so that nothing leaves the machine. */
    readonly connectionString: string;
    /** Everything that was accepted, oldest first. */
    readonly envelopes: readonly Envelope[];
    /** Calls the listener for every envelope from now on; returns a function that ends this. */
    onEnvelope(listener: (envelope: Envelope) => void): () => void;
    /** The custom events, all or those of one name. */
    events(name?: string): IngestedEvent[];
    dependencies(): IngestedDependency[];
  };

export type IngestionOptions = HttpServerOptions & {
  readonly tls: { readonly key: string; readonly cert: string };
  readonly instrumentationKey?: string;
  /** Given if local authentication is off: only requests with a bearer token that this accepts are accepted. */
  requireToken?(token: string): boolean;
  /** How many envelopes are kept at least; default: 20,000; 0 for none. */
  readonly keep?: number;
};

const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** Stands in for the ingestion endpoint of Application Insights. */
export async function startIngestion({
  instrumentationKey = '00000000-0000-0000-0000-000000000000',
  requireToken,
  keep = 20_000,
  ...serverOptions
}: IngestionOptions): Promise<IngestionStandIn> {
  const envelopes = createHistory<Envelope>(keep);

  function handle({ method, path, headers, body }: HttpRequest): HttpResponse {
    if (!/^\/v2(\.1)?\/track\/?(\?|$)/.test(path)) return { status: 404 };
    if (method !== 'POST') return { status: 405, headers: { Allow: 'POST' } };
    if (requireToken && !requireToken(bearerToken(headers))) return { status: 401 };
    let text: string;
    try {
      text = (
        headers['content-encoding'] === 'gzip' ? gunzipSync(body, { maxOutputLength: MAX_BODY_BYTES }) : body
      ).toString();
    } catch {
      return tracked(0, [{ index: 0, statusCode: 400, message: 'The content is not gzip.' }]);
    }
    const { accepted, errors } = readEnvelopes(text);
    for (const envelope of accepted) envelopes.add(envelope);
    return tracked(accepted.length, errors);
  }

  const server = await startStandInServer({
    ...serverOptions,
    maxBodyBytes: MAX_BODY_BYTES,
    keep,
    handle,
    faultFor: (request) => ingestion.fault?.(request),
    details: () => ({}),
  });
  const ingestion: IngestionStandIn = {
    ...server,
    fault: undefined,
    connectionString: `InstrumentationKey=${instrumentationKey};IngestionEndpoint=${server.url}/;LiveEndpoint=${server.url}/`,
    envelopes: envelopes.entries,
    onEnvelope: envelopes.listen,
    events: (name) =>
      envelopes.entries.flatMap(readEvent).filter((event) => name === undefined || event.name === name),
    dependencies: () => envelopes.entries.flatMap(readDependency),
  };
  return ingestion;
}

type TrackError = { readonly index: number; readonly statusCode: number; readonly message: string };

/** 200 if everything was accepted, 206 if some of it was, 400 if nothing was. */
function tracked(itemsAccepted: number, errors: readonly TrackError[]): HttpResponse {
  const status = errors.length === 0 ? 200 : itemsAccepted > 0 ? 206 : 400;
  return jsonResponse(status, { itemsReceived: itemsAccepted + errors.length, itemsAccepted, errors });
}
