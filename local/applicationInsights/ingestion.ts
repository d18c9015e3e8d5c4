import { gunzipSync } from 'node:zlib';
import { bearerToken } from '../http/bearer.ts';
import type { Fault, HttpAnswer, HttpRequest } from '../http/fault.ts';
import { type HttpServer, type HttpServerOptions, startHttpServer } from '../http/httpServer.ts';
import { createJournal } from '../http/journal.ts';
import {
  type Dependency,
  type Envelope,
  readEnvelopes,
  type TelemetryEvent,
  toDependency,
  toEvent,
} from './envelope.ts';

export type { Dependency, Envelope, TelemetryEvent } from './envelope.ts';

/** One request to ingestion. */
export type IngestionRequest = {
  readonly index: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  /** The true answer's status; absent where a fault kept the request from being applied. */
  readonly status?: number;
  readonly fault?: Fault['kind'];
};

export type Ingestion = HttpServer & {
  /** For `APPLICATIONINSIGHTS_CONNECTION_STRING`; sends live metrics here as well, so that nothing leaves the machine. */
  readonly connectionString: string;
  /** Everything that was accepted, oldest first. */
  readonly envelopes: readonly Envelope[];
  /** The custom events, all or those of one name. */
  events(name?: string): TelemetryEvent[];
  dependencies(): Dependency[];
  readonly requests: readonly IngestionRequest[];
  /** Calls the listener for every envelope or request from now on; returns what ends that. */
  on(event: 'envelope', listener: (envelope: Envelope) => void): () => void;
  on(event: 'request', listener: (request: IngestionRequest) => void): () => void;
};

export type IngestionOptions = HttpServerOptions & {
  readonly tls: { readonly key: string; readonly cert: string };
  readonly instrumentationKey?: string;
  /** Local authentication is off: only requests whose bearer token this finds good are accepted. */
  requireToken?(token: string): boolean;
  /** How many envelopes are kept at least, 20,000 by default; 0 for none. */
  readonly keep?: number;
};

const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** Stands in for the ingestion endpoint of Application Insights. */
export async function startIngestion({
  instrumentationKey = '00000000-0000-0000-0000-000000000000',
  requireToken,
  keep = 20_000,
  ...serverOptions
}: IngestionOptions): Promise<Ingestion> {
  const envelopes = createJournal<Envelope>(keep);
  const requests = createJournal<IngestionRequest>(keep);

  function answer({ method, path, headers, body }: HttpRequest): HttpAnswer {
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

  const server = await startHttpServer({
    ...serverOptions,
    maxBodyBytes: MAX_BODY_BYTES,
    answer,
    settled({ index, at, method, path }, { answer, fault }) {
      requests.add({
        index,
        at,
        method,
        path,
        ...(answer && { status: answer.status }),
        ...(fault && { fault: fault.kind }),
      });
    },
  });

  function on(event: 'envelope', listener: (envelope: Envelope) => void): () => void;
  function on(event: 'request', listener: (request: IngestionRequest) => void): () => void;
  function on(
    ...[event, listener]:
      | ['envelope', (envelope: Envelope) => void]
      | ['request', (request: IngestionRequest) => void]
  ) {
    return event === 'envelope' ? envelopes.listen(listener) : requests.listen(listener);
  }

  return Object.assign(server, {
    connectionString: `InstrumentationKey=${instrumentationKey};IngestionEndpoint=${server.url}/;LiveEndpoint=${server.url}/`,
    envelopes: envelopes.entries,
    events: (name?: string) =>
      envelopes.entries.flatMap(toEvent).filter((event) => name === undefined || event.name === name),
    dependencies: () => envelopes.entries.flatMap(toDependency),
    requests: requests.entries,
    on,
  });
}

type TrackError = { readonly index: number; readonly statusCode: number; readonly message: string };

/** 200 where all was accepted, 206 where some was, 400 where nothing was. */
function tracked(itemsAccepted: number, errors: readonly TrackError[]): HttpAnswer {
  const status = errors.length === 0 ? 200 : itemsAccepted > 0 ? 206 : 400;
  return {
    status,
    headers: { 'Content-Type': 'application/json; charset=utf-8' },
    body: JSON.stringify({ itemsReceived: itemsAccepted + errors.length, itemsAccepted, errors }),
  };
}
