import { asArray, asObject, parseJson } from '../kit/json.ts';
import { sanitize } from '../kit/sanitize.ts';

/** A response of ingestion, as far as it says what was refused. */
export type IngestionResponse = {
  readonly status: number;
  readonly headers: { get(name: string): string | undefined };
  readonly bodyAsText?: string | null;
};

export type RefusalWatch = {
  /** @param url where it was sent to; every request has to be told, since one may follow a redirect */
  watch<T extends IngestionResponse>(url: string, sent: Promise<T>): Promise<T>;
};

/** How long a warning is not repeated, in milliseconds. */
const QUIET_MS = 10 * 60 * 1000;
/** How long the SDK may take to follow a redirect, in milliseconds. */
const FOLLOWED_WITHIN_MS = 1_000;

const ACCEPTED = new Set([200, 206]);
/** Faults that may pass: the SDK keeps the records and sends them again. */
const PASSING = new Set([408, 429, 500, 502, 503, 504]);
/** The SDK follows these to hosts of Azure Monitor only. */
const REDIRECTS = new Set([307, 308]);

const advice = {
  identity:
    'give the identity Monitoring Metrics Publisher, and set APPLICATIONINSIGHTS_AUTHENTICATION_STRING if local authentication is off',
  quota: 'raise the daily cap or the quota',
  sampling: 'switch ingestion sampling off, because a record must not be sampled',
  connection: 'check APPLICATIONINSIGHTS_CONNECTION_STRING',
};
const adviceFor = new Map([
  [401, advice.identity],
  [403, advice.identity],
  [402, advice.quota],
  [439, advice.quota],
]);

/**
 * Warns, at most every 10 minutes, that records are refused for good: by ingestion, or because the identity gets no
 * token for it. The SDK drops such records, or keeps them on the disk of this instance, without a word. Faults that may pass are not warned of.
 */
export function createRefusalWatch(
  warn: (text: string) => void,
  now: () => number = () => performance.now(),
): RefusalWatch {
  let quietUntil = Number.NEGATIVE_INFINITY;
  let latestHosts = new Set<string>();

  const warnOf = (reason: string | undefined) => {
    if (!reason || now() < quietUntil) return;
    quietUntil = now() + QUIET_MS;
    warn(
      `Application Insights refuses the records (${reason}); until that is fixed only log lines hold them.`,
    );
  };

  const warnUnlessFollowed = (status: number, location: string) => {
    latestHosts = new Set();
    const check = () => {
      if (!latestHosts.has(hostOf(location)))
        warnOf(sanitize(refusedWith(status, `, a redirect to ${location}`)));
    };
    setTimeout(check, FOLLOWED_WITHIN_MS).unref();
  };

  return {
    async watch(url, sent) {
      latestHosts.add(hostOf(url));
      try {
        const response = await sent;
        const { status, headers } = response;
        if (REDIRECTS.has(status)) warnUnlessFollowed(status, headers.get('location') ?? '');
        else warnOf(refusalIn(response));
        return response;
      } catch (error) {
        warnOf(refusalOfError(error as Error));
        throw error;
      }
    },
  };
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : '';
}

function refusalIn({ status, bodyAsText }: IngestionResponse): string | undefined {
  if (PASSING.has(status)) return undefined;
  if (!ACCEPTED.has(status)) return refusedWith(status);
  return asArray(asObject(parseJson(bodyAsText ?? '')).errors)
    .map(refusalOfOne)
    .find((reason) => reason !== undefined);
}

function refusedWith(status: number, details = ''): string {
  return `it responded with ${status}${details}: ${adviceFor.get(status) ?? advice.connection}`;
}

/** One record of a post that was accepted in part. */
function refusalOfOne(error: unknown): string | undefined {
  const { statusCode, message } = asObject(error);
  const status = Number(statusCode);
  const isSampledOut = /^telemetry sampled out/i.test(String(message));
  if (!isSampledOut && (PASSING.has(status) || !(status > 206))) return undefined;
  const toDo = isSampledOut ? advice.sampling : (adviceFor.get(status) ?? advice.connection);
  return sanitize(`it refused one with ${status}, ${message}: ${toDo}`);
}

/** Without a token nothing is sent; a network fault of ingestion itself may pass. */
function refusalOfError({ name, message }: Error): string | undefined {
  return /Authentication|CredentialUnavailable/.test(name)
    ? sanitize(`the managed identity gave no token for it: ${message}`)
    : undefined;
}
