import type { ExternalPartner, Outcome } from './outcome.ts';
import type { Attempt } from './retry.ts';
import { sanitize } from './sanitize.ts';

/** An answer as it came over the wire. */
export type HttpAnswer = { readonly status: number; readonly headers: Headers; readonly body: string };

/** The longest text of a partner that is passed on, in UTF-16 code units: an answer has to fit into a message. */
const LONGEST_TEXT = 4096;

/** The longest `Retry-After` that is believed. */
const LONGEST_RETRY_AFTER_MS = 60 * 60 * 1000;

const TRANSIENT = new Set([401, 408, 409, 423, 425, 429]);

/** What a request says that had to wait because another one was throttled. */
const throttled = {
  code: 'throttled',
  message: 'Graph throttles this app: it answered another request with 429, which makes every request wait.',
};

const advice: Partial<Record<number, string>> = {
  400: 'Graph does not accept this request.',
  401: 'The token was not accepted; a stale one is replaced when it expires.',
  403:
    "Grant the application permission CloudPC.ReadWrite.All to this app's managed identity; " +
    'a token from before the grant may be in use for some hours.',
  404: "No external partner has this id: send the id of the cloudPcExternalPartner record, not the vendor's partnerId.",
};

/**
 * Reads Graph's answer to "Update cloudPcExternalPartner".
 *
 * @param asked what the PATCH asked for; a 200 that shows anything else is not taken for success
 */
export function readGraphResponse(
  { status, headers, body }: HttpAnswer,
  asked: { externalPartnerId: string; enableConnection: boolean },
): Attempt<Outcome> {
  const json = parseObject(body);
  if (status >= 200 && status < 300) {
    const partner = asPartner(json);
    const isAsked =
      status === 200 &&
      partner?.id.toLowerCase() === asked.externalPartnerId.toLowerCase() &&
      partner.enableConnection === asked.enableConnection;
    return isAsked
      ? { settled: { outcome: 'applied', partner } }
      : { tryAgain: { code: 'unexpectedAnswer', message: unexpected(status), statusCode: status } };
  }
  if (status < 400) {
    const message = `Graph answered ${status}, a redirect, which is never followed. Check GRAPH_BASE_URL.`;
    return {
      settled: { outcome: 'failed', error: { code: 'unexpectedRedirect', message, statusCode: status } },
    };
  }
  const { code, message } = errorOf(json);
  const text = [`Graph answered ${status}${code && ` ${code}`}${message && `: ${message}`}`, advice[status]];
  const error = {
    code: sanitize(code).slice(0, 128) || `http${status}`,
    message: sanitize(text.filter(Boolean).join(' — ')),
    statusCode: status,
  };
  if (status >= 500 || TRANSIENT.has(status)) {
    const retryAfterMs = readRetryAfter(headers.get('retry-after'));
    return {
      tryAgain: error,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
      ...(status === 429 && { throttled }),
    };
  }
  return { settled: { outcome: status === 403 ? 'failed' : 'rejected', error } };
}

/** Reads a `Retry-After` header, seconds or an HTTP date (RFC 9110), into milliseconds from now. */
export function readRetryAfter(header: string | null, now = Date.now()): number | undefined {
  const text = header?.trim() ?? '';
  const ms = /^\d+$/.test(text)
    ? Number(text) * 1000
    : /GMT$/.test(text)
      ? Date.parse(text) - now
      : Number.NaN;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), LONGEST_RETRY_AFTER_MS);
}

function unexpected(status: number): string {
  return `Graph answered ${status} without the partner in the state that was asked.`;
}

function asPartner(json: Record<string, unknown>): ExternalPartner | undefined {
  const { id, enableConnection } = json;
  if (typeof id !== 'string' || typeof enableConnection !== 'boolean') return undefined;
  const texts = (['partnerId', 'lastSyncDateTime', 'connectionStatus', 'statusDetails'] as const).flatMap(
    (name) => {
      const value = json[name];
      return typeof value === 'string' ? [[name, value.slice(0, LONGEST_TEXT)]] : [];
    },
  );
  return { id, enableConnection, ...Object.fromEntries(texts) };
}

function errorOf(json: Record<string, unknown>): { code: string; message: string } {
  const { code, message } = asObject(json.error);
  return { code: typeof code === 'string' ? code : '', message: typeof message === 'string' ? message : '' };
}

function parseObject(body: string): Record<string, unknown> {
  try {
    return asObject(JSON.parse(body));
  } catch {
    return {};
  }
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
