import { setTimeout as sleep } from 'node:timers/promises';
import type { TokenCredential } from '@azure/identity';
import { context, ROOT_CONTEXT, TraceFlags, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { TelemetryClient } from 'applicationinsights';
import type { GraphCall } from '../graph/graphClient.ts';
import { sdkHttp } from '../kit/sdkHttp.ts';
import type { Settings } from '../settings/settings.ts';
import { createRefusalWatch } from './refusalWatch.ts';

/** How long callers gather for a flush that they share, in milliseconds. */
const GATHERING_MS = 1;
const INGESTION_TIMEOUT_MS = 10_000;
/** How much of a response is read, in bytes. */
const LONGEST_RESPONSE_BYTES = 64 * 1024;

/** A custom event. */
export type TelemetryEvent = {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly measurements: Readonly<Record<string, number>>;
};

/** Where records go. Nothing in it throws for a fault of the network. */
export type TelemetrySink = {
  /** Takes an event and the calls to Graph that belong to it, all in the transaction of the trace parent. */
  send(event: TelemetryEvent, calls: readonly GraphCall[], traceParent: string | undefined): void;
  /**
   * Sends what was taken so far. Callers that arrive while a flush is under way share the next one.
   *
   * @param gather waits 1 ms for others, to share the flush with them
   */
  flush(gather?: boolean): Promise<void>;
};

export type TelemetryOptions = {
  readonly connectionString: string;
  /** For resources that take only Entra authentication. */
  readonly credential?: TokenCredential | undefined;
  /** The role under which the Functions host reports, so that both meet on the application map. */
  readonly role: Settings['role'];
  /** Is told, once in a while, that records are refused for good. */
  readonly warn: (text: string) => void;
};

/**
 * Application Insights through its SDK, on providers of its own: no automatic collection, no sampling, no
 * metrics. The Functions host already reports requests, traces and exceptions.
 *
 * It takes some hundred milliseconds to load: never between a message and its PATCH.
 */
export function createApplicationInsights({
  connectionString,
  credential,
  role,
  warn,
}: TelemetryOptions): TelemetrySink {
  // The SDK would report on itself to its makers.
  process.env.APPLICATION_INSIGHTS_NO_STATSBEAT ||= '1';
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const client = new TelemetryClient(connectionString, { useGlobalProviders: false });
  const refusals = createRefusalWatch(warn);
  client.config.samplingPercentage = 100;
  client.config.azureMonitorOpenTelemetryOptions = {
    resource: resourceFromAttributes({ 'service.name': role.name, 'service.instance.id': role.instance }),
    azureMonitorExporterOptions: {
      connectionString,
      ...sdkHttp({ timeoutMs: INGESTION_TIMEOUT_MS, longestBody: LONGEST_RESPONSE_BYTES, isCut: true }),
      additionalPolicies: [
        {
          position: 'perCall',
          // Around the token as well: the SDK keeps to itself what is refused.
          policy: {
            name: 'watchForRefusals',
            sendRequest: (request, next) => refusals.watch(request.url, next(request)),
          },
        },
      ],
      ...(credential && { credential }),
    },
  };
  client.initialize();

  let underWay: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const start = () => {
    next = undefined;
    underWay = client.flush().finally(() => {
      underWay = undefined;
    });
    return underWay;
  };

  return {
    send(event, calls, traceParent) {
      context.with(inTransactionOf(traceParent), () => {
        for (const call of calls) client.trackDependency(dependency(call));
        client.trackEvent({
          name: event.name,
          properties: { ...event.properties },
          measurements: { ...event.measurements },
        });
      });
    },

    flush(gather = false) {
      if (next) return next;
      if (!underWay && !gather) return start();
      next = Promise.resolve(underWay)
        .then(() => sleep(GATHERING_MS))
        .then(start);
      return next;
    },
  };
}

/** A W3C `traceparent` as the parent of what is sent, always sampled: an audit record is not optional. */
function inTransactionOf(traceParent = '') {
  const [, traceId, spanId] = /^[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-/i.exec(traceParent) ?? [];
  return traceId && spanId
    ? trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true })
    : ROOT_CONTEXT;
}

/** The semantic attributes from which the exporter derives target and data. */
function dependency({
  method,
  url,
  startedAt,
  durationMs,
  statusCode,
  requestId,
  clientRequestId,
}: GraphCall) {
  const { hostname, pathname } = new URL(url);
  return {
    name: `${method} ${pathname}`,
    dependencyTypeName: 'HTTP',
    data: url,
    target: hostname,
    time: new Date(startedAt),
    duration: durationMs,
    resultCode: statusCode ?? 0,
    success: statusCode === 200,
    properties: {
      'http.request.method': method,
      'url.full': url,
      'server.address': hostname,
      ...(requestId && { graphRequestId: requestId }),
      clientRequestId,
    },
  };
}
