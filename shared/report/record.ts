import type { InvocationContext } from '@azure/functions';
import type { DeliveryReport } from '../apply/deliveryReport.ts';
import { type ConnectionRequest, MAX_CHARACTERS, MAX_ID_CHARACTERS } from '../contract/requestSchema.ts';
import type { GraphCall } from '../graph/graphClient.ts';
import { asObject } from '../kit/json.ts';
import { escapeFormula, shorten, toJsonLine, truncate } from '../kit/sanitize.ts';
import { withTimeout } from '../kit/withTimeout.ts';
import { endOfWindow } from '../windows/windows.ts';
import type { TelemetryEvent, TelemetrySink } from './applicationInsights.ts';

/** How long telemetry may delay an invocation, in milliseconds. */
export const FLUSH_TIMEOUT_MS = 2_000;

/** The longest value of a property that is not free text, in characters. */
const LONGEST_VALUE = MAX_ID_CHARACTERS;

/** The longest log line that Application Insights keeps whole, in characters. */
const LONGEST_LINE = 32_768;

export type Recorder = {
  /** Loads the telemetry SDK ahead of the first record. */
  prepare(): void;
  /**
   * Puts a delivery on record: one structured log line, and the event and its calls in Application Insights.
   *
   * @param isAlone whether no other request is in hand, whose record could be sent together with this one
   */
  record(
    report: DeliveryReport,
    context: Pick<InvocationContext, 'log' | 'warn' | 'traceContext'>,
    isAlone?: boolean,
  ): Promise<void>;
  /** Puts on record, with a warning, that a partner still has windows that a request was to close. */
  recordWindowsLeft(
    report: DeliveryReport,
    problem: string,
    context: Pick<InvocationContext, 'log' | 'warn' | 'traceContext'>,
  ): Promise<void>;
  /** Sends what is still buffered, for 2 s at most. */
  flush(): Promise<void>;
};

/**
 * Delays a request by at most 2 s if Application Insights is down, and never fails it.
 *
 * @param load loads the telemetry SDK, once; undefined: only the log line is written
 */
export function createRecorder(load: (() => Promise<TelemetrySink>) | undefined): Recorder {
  let sink: Promise<TelemetrySink> | undefined;

  const loaded = (): Promise<TelemetrySink> | undefined => {
    sink ??= load?.().catch((error: unknown) => {
      sink = undefined;
      throw error;
    });
    return sink;
  };

  async function put(
    event: TelemetryEvent,
    calls: readonly GraphCall[],
    context: Pick<InvocationContext, 'log' | 'warn' | 'traceContext'>,
    isAlone: boolean,
  ): Promise<void> {
    context.log(toLine(event));
    const sent = loaded()?.then((telemetry) => {
      telemetry.send(event, calls, context.traceContext?.traceParent);
      return telemetry.flush(!isAlone);
    });
    if (!sent) return;
    await withTimeout(sent, FLUSH_TIMEOUT_MS, 'no response in time').catch((error: Error) => {
      context.warn(
        `Application Insights has not taken the record yet (${error.message}); the log line has it.`,
      );
    });
  }

  return {
    prepare() {
      // The record will load it again, and say what is wrong.
      loaded()?.catch(() => {});
    },

    record(report, context, isAlone = true) {
      return put(toEvent(report), report.calls, context, isAlone);
    },

    async recordWindowsLeft(report, problem, context) {
      const { properties } = toEvent(report);
      const { externalPartnerId = '' } = properties;
      context.warn(
        `The windows of partner ${externalPartnerId} are still stored (${problem}): the end of one may disable it.`,
      );
      const event = {
        name: 'ExternalPartnerWindowsLeft',
        properties: { ...properties, errorMessage: problem },
      };
      await put({ ...event, measurements: {} }, [], context, true);
    },

    async flush() {
      const flushed = Promise.resolve(sink).then((telemetry) => telemetry?.flush());
      await withTimeout(flushed, FLUSH_TIMEOUT_MS, 'no response in time').catch(() => undefined);
    },
  };
}

/** The event of a delivery. What is not known is left out, and nothing in it is a formula once it is exported. */
export function toEvent(report: DeliveryReport): TelemetryEvent {
  const { message, calls } = report;
  const received = receivedTexts(message.received);
  const partner = 'partner' in report ? report.partner : undefined;
  const reason = 'reason' in report ? report.reason : undefined;
  const error = 'error' in report ? report.error : undefined;
  const until = message.request?.until;
  const properties: Record<string, string | undefined> = {
    outcome: report.outcome,
    externalPartnerId: received('externalPartnerId')?.toLowerCase(),
    partnerId: partner?.partnerId,
    enableConnection: received('enableConnection'),
    connectionStatus: partner?.connectionStatus,
    statusDetails: partner?.statusDetails,
    lastSyncDateTime: partner?.lastSyncDateTime,
    agentHost: partner?.agentSetting?.agentHost,
    agentSha256: partner?.agentSetting?.agentSha256,
    autoDeploymentEnabled: partner?.agentSetting?.autoDeploymentEnabled?.toString(),
    requestedBy: received('requestedBy'),
    reference: received('reference'),
    reason: received('reason'),
    until: until && endOfWindow(until),
    endOf: received('endOf'),
    validateOnly: received('validateOnly'),
    messageId: message.messageId,
    correlationId: message.correlationId,
    graphRequestId: calls.findLast(({ method }) => method === 'PATCH')?.requestId,
    clientRequestId: report.clientRequestId,
    reasonCode: reason?.code,
    openUntil: reason?.until,
    errorCode: error?.code,
    errorMessage: error?.message,
  };
  return {
    name:
      report.outcome === 'redelivery'
        ? 'ExternalPartnerRequestRedelivered'
        : 'ExternalPartnerRequestCompleted',
    properties: Object.fromEntries(
      Object.entries(properties).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, escapeFormula(value)]],
      ),
    ),
    measurements: {
      durationMs: report.completedAt - report.startedAt,
      graphDurationMs: Math.round(calls.reduce((sum, { durationMs }) => sum + durationMs, 0)),
      ...(message.enqueuedTime && {
        queueLatencyMs: Math.max(0, report.startedAt - message.enqueuedTime.getTime()),
      }),
      attempts: report.attempts,
      deliveryCount: message.deliveryCount,
    },
  };
}

/** The event on one line. If that is too long, the longest texts in it give way. */
function toLine(event: TelemetryEvent): string {
  const { name, properties, measurements } = event;
  const line = toJsonLine({ event: name, ...properties, ...measurements });
  if (line.length <= LONGEST_LINE) return line;
  const [longest = '', text = ''] = Object.entries(properties).reduce((one, other) =>
    toJsonLine(other).length > toJsonLine(one).length ? other : one,
  );
  const start = shorten(text, Math.floor(text.length / 4));
  return toLine({ ...event, properties: { ...properties, [longest]: start } });
}

/** Reads properties of a request that may be invalid, no longer than those of a valid one. */
function receivedTexts(received: unknown): (name: keyof ConnectionRequest) => string | undefined {
  const properties = asObject(received);
  return (name) => {
    const value = properties[name];
    return typeof value === 'string' || typeof value === 'boolean'
      ? truncate(
          String(value),
          name in MAX_CHARACTERS ? MAX_CHARACTERS[name as keyof typeof MAX_CHARACTERS] : LONGEST_VALUE,
        )
      : undefined;
  };
}
