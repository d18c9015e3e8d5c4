/** One item of telemetry on its way to Application Insights. */
export type Envelope = {
  readonly name: string;
  readonly time: string;
  readonly iKey: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly data: { readonly baseType: string; readonly baseData: Readonly<Record<string, unknown>> };
};

/** A custom event (EventData), as ingestion received it. */
export type IngestedEvent = {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly measurements: Readonly<Record<string, number>>;
  /** Joins it with the rest of its transaction. */
  readonly operationId: string | undefined;
  readonly envelope: Envelope;
};

/** A call to another service (RemoteDependencyData), as ingestion received it. */
export type IngestedDependency = {
  readonly id: string;
  readonly name: string;
  readonly type: string | undefined;
  readonly target: string | undefined;
  /** The URL of an HTTP call. */
  readonly data: string | undefined;
  readonly resultCode: string | undefined;
  readonly success: boolean;
  readonly duration: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly operationId: string | undefined;
  readonly envelope: Envelope;
};

/** Reads a JSON array of envelopes, one envelope, or one per line; whatever is not an envelope becomes an error. */
export function readEnvelopes(text: string) {
  const accepted: Envelope[] = [];
  const errors: { index: number; statusCode: number; message: string }[] = [];
  for (const [index, item] of split(text).entries()) {
    if (isEnvelope(item)) accepted.push({ ...item, tags: item.tags ?? {} });
    else errors.push({ index, statusCode: 400, message: 'The item is not an envelope.' });
  }
  return { accepted, errors };
}

/** The event in an envelope, or nothing if it holds something else: for flatMap. */
export function readEvent(envelope: Envelope): IngestedEvent[] {
  const { baseType, baseData } = envelope.data;
  if (baseType !== 'EventData') return [];
  const { name, properties, measurements } = baseData as Partial<IngestedEvent>;
  return [
    {
      name: name ?? '',
      properties: properties ?? {},
      measurements: measurements ?? {},
      operationId: envelope.tags['ai.operation.id'],
      envelope,
    },
  ];
}

/** The dependency in an envelope, or nothing if it holds something else: for flatMap. */
export function readDependency(envelope: Envelope): IngestedDependency[] {
  const { baseType, baseData } = envelope.data;
  if (baseType !== 'RemoteDependencyData') return [];
  const { id, name, type, target, data, resultCode, success, duration, properties } =
    baseData as Partial<IngestedDependency>;
  return [
    {
      id: id ?? '',
      name: name ?? '',
      type,
      target,
      data,
      resultCode,
      success: success ?? true,
      duration: duration ?? '',
      properties: properties ?? {},
      operationId: envelope.tags['ai.operation.id'],
      envelope,
    },
  ];
}

function split(text: string): unknown[] {
  const whole = parse(text);
  if (whole !== undefined) return Array.isArray(whole) ? whole : [whole];
  return text
    .split('\n')
    .filter((line) => line.trim())
    .map(parse);
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function isEnvelope(item: unknown): item is Omit<Envelope, 'tags'> & Partial<Pick<Envelope, 'tags'>> {
  if (typeof item !== 'object' || item === null) return false;
  const { name, data } = item as Partial<Envelope>;
  return typeof name === 'string' && typeof data?.baseType === 'string' && typeof data.baseData === 'object';
}
