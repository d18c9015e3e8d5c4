import type { CompletedDelivery } from '../apply/deliveryReport.ts';
import { MAX_CHARACTERS } from '../contract/requestSchema.ts';
import type { Result } from '../contract/resultSchema.ts';
import { truncate } from '../kit/sanitize.ts';
import type { Message } from '../receive/message.ts';
import { endOfWindow } from '../windows/windows.ts';

/** The largest result, in bytes of indented JSON in UTF-8, which is how the Functions host sends it. */
export const MAX_RESULT_BYTES = 64 * 1024;

/** The most bytes that JSON needs for one character. */
const BYTES_OF_CHARACTER = 6;

/** The result for the results topic. */
export function toResult(report: CompletedDelivery): Result {
  const { message, attempts } = report;
  const reference = referenceOf(message.received);
  const common = {
    ...(message.isMessageIdExact && { messageId: message.messageId }),
    ...(message.correlationId !== undefined && { correlationId: message.correlationId }),
    ...(reference !== undefined && { reference }),
    // Its place; what it may take is what all the others leave.
    request: null,
    attempts,
    deliveryCount: message.deliveryCount,
    completedAt: new Date(report.completedAt).toISOString(),
  };
  const result = withOutcome(report, common);
  return { ...result, request: bounded(message.received, MAX_RESULT_BYTES - bytesOf(result)) };
}

function withOutcome(report: CompletedDelivery, common: Omit<Result, 'outcome'>): Result {
  switch (report.outcome) {
    case 'applied':
      return { outcome: 'applied', ...common, ...untilOf(report.message), partner: report.partner };
    case 'unchanged': {
      const { reason, partner } = report;
      return { outcome: 'unchanged', ...common, reason, ...(partner && { partner }) };
    }
    default:
      return { outcome: report.outcome, ...common, error: report.error };
  }
}

function untilOf({ request }: Message): { until?: string } {
  return request?.until === undefined ? {} : { until: endOfWindow(request.until) };
}

/** An invalid request comes back under the requester's own key as well, if it has one. */
function referenceOf(received: unknown): string | undefined {
  const { reference } = Object(received) as { reference?: unknown };
  return typeof reference === 'string' ? truncate(reference, MAX_CHARACTERS.reference) : undefined;
}

/** What was received, or the beginning of its text if JSON makes it too large: `\u0001` is six bytes for one. */
function bounded(received: unknown, maxBytes: number): unknown {
  if (bytesOf(received) <= maxBytes) return received;
  const text = typeof received === 'string' ? received : JSON.stringify(received);
  return truncate(text, maxBytes / BYTES_OF_CHARACTER);
}

/** In JSON, indented once more than it will be. */
function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value, null, 4));
}
