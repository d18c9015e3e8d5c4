import { asArray, asObject, parseJson } from '../kit/json.ts';
import { sanitize } from '../kit/sanitize.ts';

/** A response of ingestion, as far as it says what was refused. */
type IngestionResponse = { readonly status: number; readonly bodyAsText?: string | null };

/** How long a warning is not repeated, in milliseconds. */
const QUIET_MS = 10 * 60 * 1000;

/** Statuses of a whole post or of one record that sending it again would not change. */
const REFUSED_FOR_GOOD = new Set([400, 401, 402, 403, 404, 405, 413]);

/**
 * Warns, at most every 10 minutes, that records are refused for good: by ingestion, or because the identity gets no
 * token for it. The SDK drops such records, or keeps them on the disk of this instance, without a word. Faults that may pass are not warned of.
 */
export function createRefusalWatch(
  warn: (text: string) => void,
  now: () => number = () => performance.now(),
): { watch<T extends IngestionResponse>(sent: Promise<T>): Promise<T> } {
  let quietUntil = Number.NEGATIVE_INFINITY;

  const warnOf = (reason: string | undefined) => {
    if (!reason || now() < quietUntil) return;
    quietUntil = now() + QUIET_MS;
    warn(
      `Application Insights refuses the records (${reason}); until that is fixed only log lines hold them.`,
    );
  };

  return {
    async watch(sent) {
      try {
        const response = await sent;
        warnOf(refusalIn(response));
        return response;
      } catch (error) {
        warnOf(refusalOfError(error as Error));
        throw error;
      }
    },
  };
}

function refusalIn({ status, bodyAsText }: IngestionResponse): string | undefined {
  if (REFUSED_FOR_GOOD.has(status)) {
    const advice =
      status === 401 || status === 403
        ? ': give the identity Monitoring Metrics Publisher, and set APPLICATIONINSIGHTS_AUTHENTICATION_STRING if local authentication is off'
        : ': check APPLICATIONINSIGHTS_CONNECTION_STRING';
    return `it responded with ${status}${advice}`;
  }
  const { errors } = asObject(parseJson(bodyAsText ?? ''));
  const refused = asArray(errors)
    .map(asObject)
    .find(({ statusCode }) => REFUSED_FOR_GOOD.has(Number(statusCode)));
  return refused && sanitize(`it refused one with ${refused.statusCode}: ${refused.message}`);
}

/** Without a token nothing is sent; a network fault of ingestion itself may pass. */
function refusalOfError({ name, message }: Error): string | undefined {
  return /Authentication|CredentialUnavailable/.test(name)
    ? sanitize(`the managed identity gave no token for it: ${message}`)
    : undefined;
}
