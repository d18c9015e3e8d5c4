import type { IncomingHttpHeaders } from 'node:http';
import type { Outcome } from '../contract/outcome.ts';
import type { ConnectionRequest } from '../contract/requestSchema.ts';
import type { ExternalPartner } from '../contract/resultSchema.ts';
import { asObject, parseJson } from '../kit/json.ts';
import type { Attempt } from '../kit/retry.ts';
import { toPlainText, truncate } from '../kit/sanitize.ts';
import { readGraphError } from './graphError.ts';

/** A response as it came over the wire. */
export type GraphResponse = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};

/** The longest texts of a partner that are passed on, in code points: a result has to fit into a message. */
const LONGEST_TEXTS = {
  partnerId: 128,
  lastSyncDateTime: 128,
  connectionStatus: 128,
  statusDetails: 4096,
  agentSha256: 128,
} as const;
/** The longest name of a host, in characters. */
const LONGEST_HOST = 253;

/** The longest `Retry-After` that is believed. */
const LONGEST_RETRY_AFTER_MS = 60 * 60 * 1000;

const TRANSIENT = new Set([401, 408, 409, 423, 425, 429]);

/** The error of requests that had to wait because another one was throttled. */
const throttled = {
  code: 'throttled',
  message:
    'Graph throttles this app: it responded to another request with 429, which makes every request wait.',
};

/**
 * Reads Graph's response to "Update cloudPcExternalPartner", or to a GET of the partner.
 *
 * @param asked a 200 that shows any other partner or state than this one is not taken for success
 */
export function readGraphResponse(
  { status, headers, body }: GraphResponse,
  asked: Pick<ConnectionRequest, 'externalPartnerId'> & Partial<Pick<ConnectionRequest, 'enableConnection'>>,
): Attempt<Outcome> {
  if (status < 300) {
    const partner = status === 200 ? readPartner(parseJson(body)) : undefined;
    const isAsked =
      partner?.id.toLowerCase() === asked.externalPartnerId.toLowerCase() &&
      partner.enableConnection === (asked.enableConnection ?? partner.enableConnection);
    if (partner && isAsked) return { done: { outcome: 'applied', partner } };
    const message = `Graph responded with ${status}, but did not show the partner in the state that was asked for.`;
    return { tryAgain: { code: 'unexpectedResponse', message, statusCode: status } };
  }
  if (status < 400) {
    const message = `Graph responded with ${status}, a redirect, which is never followed. Check GRAPH_BASE_URL.`;
    return {
      done: { outcome: 'failed', error: { code: 'unexpectedRedirect', message, statusCode: status } },
    };
  }
  const error = readGraphError(status, body);
  if (status >= 500 || TRANSIENT.has(status)) {
    const retryAfterMs = readRetryAfter(headers['retry-after']);
    return {
      tryAgain: error,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
      ...(status === 429 && { throttled }),
    };
  }
  return { done: { outcome: status === 403 ? 'failed' : 'rejected', error } };
}

/**
 * Reads a `Retry-After` header into milliseconds from now: seconds, or a date in any of the three forms of RFC 9110,
 * of which asctime has no zone and means GMT. Undefined for anything else.
 */
export function readRetryAfter(header = '', now = Date.now()): number | undefined {
  if (/^\d+$/.test(header)) return Math.min(Number(header) * 1000, LONGEST_RETRY_AFTER_MS);
  if (!/^[A-Z][a-z]{2,8},? .*\d{2}:\d{2}:\d{2}/.test(header)) return undefined;
  const ms = Date.parse(/GMT$/.test(header) ? header : `${header} GMT`) - now;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), LONGEST_RETRY_AFTER_MS);
}

/** A partner as Graph describes it, in bounded texts without secrets; undefined if the value is not one. */
export function readPartner(value: unknown): ExternalPartner | undefined {
  const json = asObject(value);
  const { id, enableConnection } = json;
  if (typeof id !== 'string' || typeof enableConnection !== 'boolean') return undefined;
  return {
    id,
    enableConnection,
    ...textsOf(json, 'partnerId', 'lastSyncDateTime', 'connectionStatus', 'statusDetails'),
    ...readAgent(json.agentSetting),
  };
}

/** What enabling may install on Cloud PCs. Of the address only the host, and no parameters: both may hold secrets. */
function readAgent(value: unknown): Pick<ExternalPartner, 'agentSetting'> {
  const json = asObject(value);
  const { agentUrl, autoDeploymentEnabled } = json;
  const agentHost = typeof agentUrl === 'string' && URL.canParse(agentUrl) && new URL(agentUrl).hostname;
  const agentSetting = {
    ...(agentHost && { agentHost: truncate(agentHost, LONGEST_HOST) }),
    ...textsOf(json, 'agentSha256'),
    ...(typeof autoDeploymentEnabled === 'boolean' && { autoDeploymentEnabled }),
  };
  return Object.keys(agentSetting).length > 0 ? { agentSetting } : {};
}

function textsOf<Name extends keyof typeof LONGEST_TEXTS>(
  json: Readonly<Record<string, unknown>>,
  ...names: readonly Name[]
): { readonly [Each in Name]?: string } {
  const texts = names.flatMap((name) => {
    const value = json[name];
    return typeof value === 'string' ? [[name, toPlainText(truncate(value, LONGEST_TEXTS[name]))]] : [];
  });
  return Object.fromEntries(texts);
}
