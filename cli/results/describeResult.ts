import type { ConnectionRequest } from '../../shared/contract/requestSchema.ts';
import type { Result } from '../../shared/contract/resultSchema.ts';
import { asObject } from '../../shared/kit/json.ts';
import { sanitize } from '../../shared/kit/sanitize.ts';
import { formatTime } from '../terminal/time.ts';

export const outcomeColours = {
  applied: 'green',
  unchanged: 'yellow',
  rejected: 'red',
  failed: 'red',
} as const;

/** A result on one line, for a person. */
export function describeResult(result: Result): string {
  if (result.outcome === 'unchanged') {
    return `unchanged: ${sanitize(result.reason.code)}: ${sanitize(result.reason.message)}`;
  }
  if (result.outcome !== 'applied') {
    return `${result.outcome}: ${sanitize(result.error.code)}: ${sanitize(result.error.message)}`;
  }
  const { enableConnection, connectionStatus, statusDetails } = result.partner;
  const window = result.until === undefined ? '' : ` until ${sanitize(formatTime(result.until))}`;
  const details = [connectionStatus, statusDetails].filter((text) => text !== undefined).map(sanitize);
  return `applied: enableConnection is ${enableConnection}${window}${details.map((text) => `, ${text}`).join('')}`;
}

type ReadRequest = Pick<Partial<ConnectionRequest>, 'externalPartnerId' | 'enableConnection'> & {
  /** The end of a window. */
  readonly until?: string;
  readonly validateOnly?: true;
};

/** The request that a result is about, as far as it could be read; the partner's id in lower case. */
export function requestOf({ request }: Pick<Result, 'request'>): ReadRequest {
  const { externalPartnerId, enableConnection, until, validateOnly } = asObject(request);
  return {
    ...(typeof externalPartnerId === 'string' && { externalPartnerId: externalPartnerId.toLowerCase() }),
    ...(typeof enableConnection === 'boolean' && { enableConnection }),
    ...(typeof until === 'string' && { until }),
    ...(validateOnly === true && { validateOnly }),
  };
}
