import { asObject, parseJson } from '../../shared/kit/json.ts';
import { escapeFormula } from '../../shared/kit/sanitize.ts';
import { queryLogs, quoteKql } from '../azure/queryLogs.ts';
import type { AzureService } from '../azure/signIn.ts';

/** Where the records are. */
export type Records = {
  readonly api: AzureService;
  /** Resource id of the workspace. */
  readonly workspaceId: string;
  /** Of Application Insights, if several send to the workspace. */
  readonly componentId?: string | undefined;
};

/** What a delivery of a request left on record; docs/operating.md, "The record". */
export type RequestRecord = {
  /** When the delivery ended: ISO 8601, UTC. */
  readonly at: string;
  /** When the request had come to the queue, as far as it is known: ISO 8601, UTC. */
  readonly requestedAt?: string;
  /** Whether the request has an outcome; else it was delivered again, or a window is left. */
  readonly kind: 'completed' | 'redelivered' | 'windowsLeft';
  readonly properties: Readonly<Record<string, string>>;
};

/** Whose records: of partners, or of requests with a reference. */
export type RecordFilter = { readonly partners: readonly string[] } | { readonly reference: string };

/** The most that are read; the newest. */
export const MOST_RECORDS = 2_000;

const kinds: Readonly<Record<string, RequestRecord['kind']>> = {
  ExternalPartnerRequestCompleted: 'completed',
  ExternalPartnerRequestRedelivered: 'redelivered',
  ExternalPartnerWindowsLeft: 'windowsLeft',
};

/** The records, oldest first. */
export async function readRecords(
  { api, workspaceId, componentId }: Records,
  filter: RecordFilter,
  days: number,
  options?: { readonly budgetMs: number },
): Promise<RequestRecord[]> {
  const body = { query: recordsQuery(filter, componentId), timespan: `P${days}D` };
  const rows = await queryLogs(api, workspaceId, body, options);
  const records = rows.flatMap(toRecord).sort((one, other) => one.at.localeCompare(other.at));
  return records.filter((record, index) => !isRepeated(record, records.slice(0, index)));
}

export function recordsQuery(filter: RecordFilter, componentId: string | undefined): string {
  const names = Object.keys(kinds).map(quoteKql).join(', ');
  const ofComponent = componentId ? ` and _ResourceId =~ ${quoteKql(componentId)}` : '';
  const [property, values] =
    'reference' in filter
      ? ['reference', [escapeFormula(filter.reference)]]
      : ['externalPartnerId', filter.partners];
  return [
    'AppEvents',
    `| where Name in (${names})${ofComponent}`,
    `| where tostring(Properties.${property}) in (${values.map(quoteKql).join(', ')})`,
    `| top ${MOST_RECORDS} by TimeGenerated desc`,
    '| project TimeGenerated, Name, Properties, Measurements',
  ].join('\n');
}

function toRecord({
  TimeGenerated,
  Name,
  Properties,
  Measurements,
}: Record<string, unknown>): RequestRecord[] {
  const kind = kinds[String(Name)];
  const at = Date.parse(String(TimeGenerated));
  if (!kind || Number.isNaN(at)) return [];
  const { durationMs, queueLatencyMs } = dynamic(Measurements);
  const beforeMs = Number(durationMs) + Number(queueLatencyMs);
  return [
    {
      at: new Date(at).toISOString(),
      ...(beforeMs >= 0 && { requestedAt: new Date(at - beforeMs).toISOString() }),
      kind,
      properties: Object.fromEntries(
        Object.entries(dynamic(Properties)).map(([name, value]) => [name, String(value)]),
      ),
    },
  ];
}

/** The API gives a dynamic value as a text. */
function dynamic(value: unknown): Record<string, unknown> {
  return asObject(typeof value === 'string' ? parseJson(value) : value);
}

/** A result that did not get through is sent, and recorded, again. */
function isRepeated({ kind, properties }: RequestRecord, earlier: readonly RequestRecord[]): boolean {
  const { clientRequestId } = properties;
  return (
    kind === 'completed' &&
    clientRequestId !== undefined &&
    earlier.some((one) => one.kind === kind && one.properties.clientRequestId === clientRequestId)
  );
}
