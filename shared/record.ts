import type { InvocationContext } from '@azure/functions';
import type { TelemetryEvent, TelemetrySink } from './applicationInsights.ts';
import type { DeliveryReport } from './applyRequest.ts';
import { escapeFormula, jsonLine } from './sanitize.ts';
import { withTimeout } from './withTimeout.ts';

/** How long telemetry may hold up an invocation, in milliseconds. */
export const FLUSH_BOUND_MS = 2_000;

export type Recorder = {
  /** Puts a result on record: one structured log line, and the event and its calls in Application Insights. */
  record(
    result: DeliveryReport,
    context: Pick<InvocationContext, 'log' | 'warn' | 'traceContext'>,
  ): Promise<void>;
  /** Sends what is still buffered, within the bound. */
  flush(): Promise<void>;
};

/**
 * Telemetry that is down costs a request at most the bound and changes nothing else about it.
 *
 * @param load loads the telemetry SDK when the first record is due; absent: only the log line is written
 */
export function createRecorder(load: (() => Promise<TelemetrySink>) | undefined): Recorder {
  let sink: Promise<TelemetrySink> | undefined;

  return {
    async record(result, context) {
      const event = toEvent(result);
      context.log(jsonLine({ event: event.name, ...event.properties, ...event.measurements }));
      if (!load) return;
      sink ??= load().catch((error: unknown) => {
        sink = undefined;
        throw error;
      });
      const sent = sink.then((loaded) => {
        loaded.send(event, result.calls, context.traceContext?.traceParent);
        return loaded.flush();
      });
      await withTimeout(sent, FLUSH_BOUND_MS, 'no answer in time').catch((error: Error) => {
        context.warn(
          `Application Insights has not taken the record yet (${error.message}); the log line has it.`,
        );
      });
    },

    async flush() {
      const flushed = Promise.resolve(sink).then((loaded) => loaded?.flush());
      await withTimeout(flushed, FLUSH_BOUND_MS, 'no answer in time').catch(() => undefined);
    },
  };
}

/** The event of a result; what is not known is left out, and nothing in it is a formula where it is exported. */
export function toEvent(result: DeliveryReport): TelemetryEvent {
  const { message, calls } = result;
  const said = saidIn(message.received);
  const partner = result.outcome === 'applied' ? result.partner : undefined;
  const error = result.outcome === 'applied' ? undefined : result.error;
  const properties: Record<string, string | undefined> = {
    outcome: result.outcome,
    externalPartnerId: said('externalPartnerId')?.toLowerCase(),
    partnerId: partner?.partnerId,
    enableConnection: said('enableConnection'),
    connectionStatus: partner?.connectionStatus,
    statusDetails: partner?.statusDetails,
    lastSyncDateTime: partner?.lastSyncDateTime,
    requestedBy: said('requestedBy'),
    reference: said('reference'),
    reason: said('reason'),
    messageId: message.messageId,
    correlationId: message.correlationId,
    graphRequestId: calls.at(-1)?.requestId,
    clientRequestId: result.clientRequestId,
    errorCode: error?.code,
    errorMessage: error?.message,
  };
  return {
    name:
      result.outcome === 'redelivery'
        ? 'ExternalPartnerRequestRedelivered'
        : 'ExternalPartnerRequestCompleted',
    properties: Object.fromEntries(
      Object.entries(properties).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, escapeFormula(value)]],
      ),
    ),
    measurements: {
      durationMs: result.completedAt - result.startedAt,
      graphDurationMs: Math.round(calls.reduce((sum, { durationMs }) => sum + durationMs, 0)),
      ...(message.enqueuedTime && {
        queueLatencyMs: Math.max(0, result.startedAt - message.enqueuedTime.getTime()),
      }),
      attempts: result.attempts,
      deliveryCount: message.deliveryCount,
    },
  };
}

/** Reads properties of a request that may be invalid; text is bounded as the contract bounds it. */
function saidIn(received: unknown): (name: string) => string | undefined {
  const properties = Object(received) as Record<string, unknown>;
  return (name) => {
    const value = Object.hasOwn(properties, name) ? properties[name] : undefined;
    return typeof value === 'string' || typeof value === 'boolean' ? String(value).slice(0, 1024) : undefined;
  };
}
