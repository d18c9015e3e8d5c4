import { randomUUID } from 'node:crypto';
import { type Envelope, readDependency, readEvent } from '../../local/applicationInsights/envelope.ts';
import type { Analysis, Comparison } from '../helpers/kusto.ts';

type Row = Readonly<Record<string, unknown>>;

/** What becomes of envelopes in a workspace: the rows of each table that the app itself writes. */
export type Rows = Readonly<Record<string, readonly Row[]>>;

/** Source: "Workspace-based resource changes" for Application Insights, which maps old columns to new ones. */
export function rowsOf(envelopes: readonly Envelope[]): Rows {
  return {
    AppEvents: envelopes.flatMap(readEvent).map(({ name, properties, measurements, operationId }) => ({
      Name: name,
      Properties: properties,
      Measurements: measurements,
      OperationId: operationId,
    })),
    AppDependencies: envelopes
      .flatMap(readDependency)
      .map(({ name, data, target, resultCode, properties, operationId }) => ({
        Name: name,
        Data: data,
        Target: target,
        ResultCode: resultCode,
        Properties: properties,
        OperationId: operationId,
      })),
  };
}

/** What Graph writes down of calls to the partners, whoever makes them. Source: "Access Microsoft Graph activity logs". */
export const graphActivity: Rows = {
  MicrosoftGraphActivityLogs: ['GET', 'POST', 'PATCH', 'DELETE'].map((RequestMethod) => ({
    RequestMethod,
    RequestUri: `https://graph.microsoft.com/beta/deviceManagement/virtualEndpoint/externalPartners/${randomUUID()}`,
  })),
};

/** What a query names or expects that no row has. */
export function unknownIn(query: string, { dynamicValues, comparisons }: Analysis, rows: Rows): string[] {
  const values = (table: string, column: string) => (rows[table] ?? []).map((row) => row[column]);
  const properties = (name: string) =>
    values('AppEvents', 'Properties').flatMap((bag) => Object(bag)[name] ?? []);
  const isParameter = (name: string) => new RegExp(`^let ${name} =`, 'm').test(query);

  return [
    ...dynamicValues.flatMap(({ table, column, name }) =>
      values(table, column).some((bag) => Object.hasOwn(Object(bag), name))
        ? []
        : [`${table} has no ${column}.${name}`],
    ),
    ...comparisons.flatMap((comparison) => {
      const { table, name, operator, text } = comparison;
      if (!table && isParameter(name)) return [];
      const found = table ? values(table, name) : properties(name);
      return found.some((value) => holds(String(value), comparison))
        ? []
        : [`${table ?? 'AppEvents'} has no ${name} ${operator} ${text}`];
    }),
  ];
}

/** A text that is excluded has to occur as well: the exclusion would have no sense otherwise. */
function holds(value: string, { operator, text }: Comparison): boolean {
  switch (operator) {
    case '==':
    case '!=':
    case 'in':
      return value === text;
    case 'startswith':
      return value.toLowerCase().startsWith(text.toLowerCase());
    case 'has':
      return value.toLowerCase().includes(text.toLowerCase());
    default:
      throw new Error(`Nothing here says when ${operator} holds.`);
  }
}
