/** A value as it crosses the wire between the Functions host and its worker ("Azure Functions language worker protobuf"). */
export type RpcTypedData = {
  string?: string;
  json?: string;
  bytes?: Uint8Array;
  int?: number;
  double?: number;
};

/** One binding of a function as the host sees it. */
export type RpcBindingInfo = {
  readonly type: string;
  readonly direction: 'in' | 'out' | 'inout';
  readonly dataType?: string;
  readonly [property: string]: unknown;
};

/** W3C trace context, and the tags of the host's request activity. */
export type RpcTraceContext = {
  readonly traceParent: string;
  readonly traceState?: string;
  readonly attributes?: Readonly<Record<string, string>>;
};

export type RpcLogLevel = 'trace' | 'debug' | 'information' | 'warning' | 'error' | 'critical' | 'none';
export type RpcLogCategory = 'user' | 'system' | 'customMetric';

/** What the host asks for when it invokes a function. */
export type RpcInvocationRequest = {
  readonly invocationId: string;
  readonly functionId: string;
  readonly inputData: readonly { readonly name: string; readonly data: RpcTypedData }[];
  readonly triggerMetadata: Readonly<Record<string, RpcTypedData>>;
  readonly traceContext?: RpcTraceContext;
};

/** What the library gives back. */
export type RpcInvocationResponse = {
  readonly returnValue?: RpcTypedData | null;
  readonly outputData?: readonly { readonly name: string; readonly data: RpcTypedData }[];
};

/**
 * Converts a value as the host does before it sends it: text as `string`, bytes as `bytes`, everything else as
 * JSON; nothing for null, which the host leaves out of trigger metadata.
 */
export function toRpc(value: unknown): RpcTypedData | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return { string: value };
  if (value instanceof Uint8Array) return { bytes: value };
  return { json: JSON.stringify(value) };
}
