import { randomBytes } from 'node:crypto';
import type { RpcTraceContext } from './rpc.ts';

const TRACE_PARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})$/;

/**
 * The trace context of an invocation: a new span, the host's request, in the trace that the message came from
 * (`Diagnostic-Id`, or `traceparent`), or in a new one.
 */
export function traceContext(
  properties: Readonly<Record<string, unknown>> = {},
  attributes: Readonly<Record<string, string>>,
): RpcTraceContext {
  const parent = TRACE_PARENT.exec(String(properties['Diagnostic-Id'] ?? properties.traceparent ?? ''));
  const [, traceId = randomBytes(16).toString('hex'), flags = '01'] = parent ?? [];
  const spanId = randomBytes(8).toString('hex');
  const traceState = properties.tracestate;
  return {
    traceParent: `00-${traceId}-${spanId}-${flags}`,
    traceState: parent && typeof traceState === 'string' ? traceState : '',
    attributes,
  };
}
