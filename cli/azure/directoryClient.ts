import { Client, type Context, GraphError, type GraphRequest } from '@microsoft/microsoft-graph-client';
import { withCode } from '../../shared/graph/graphClient.ts';
import { readRetryAfter } from '../../shared/graph/graphResponse.ts';
import { createRetry } from '../../shared/kit/retry.ts';
import { sleep } from '../../shared/kit/sleep.ts';
import { toSentence, UnreachableError } from '../command/errors.ts';
import { describeDuration } from '../command/time.ts';
import type { GraphSource } from './graphSource.ts';

/** A request that Graph refuses for good. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly status: number;

  constructor({ statusCode, message }: GraphError) {
    super(toSentence(message));
    this.status = statusCode;
  }
}

/**
 * Makes one request, given with its body if it has one.
 *
 * @throws {RefusedError} for a response that another attempt would not change
 * @throws {UnreachableError} for whatever the network says, and for throttling and faults that last
 */
export type CallDirectory = <T>(path: string, call: (request: GraphRequest) => Promise<T>) => Promise<T>;

const BUDGET_MS = 120_000;
/** Of one attempt. */
const TIMEOUT_MS = 30_000;
/** A wait that a person would wonder about. */
const NOTICEABLE_MS = 2_000;
const TRANSIENT = new Set([408, 423, 425, 429]);

/** Calls Microsoft Graph v1.0, and tries again after the full `Retry-After`, or exponentially later. */
export function createDirectoryClient({ baseUrl, name, hint }: GraphSource, token: string): CallDirectory {
  const client = Client.initWithMiddleware({
    middleware: { execute: sendOnce },
    baseUrl,
    defaultVersion: 'v1.0',
  });
  const retry = createRetry({
    budgetMs: BUDGET_MS,
    sleep: (ms) => {
      if (ms > NOTICEABLE_MS) console.error(`${name} is busy; trying again in ${describeDuration(ms)} …`);
      return sleep(ms);
    },
  });
  return async (path, call) => {
    const retried = await retry(path, async () => {
      const request = client
        .api(path)
        .headers({ authorization: `Bearer ${token}` })
        .options({ redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) });
      try {
        return { done: await call(request) };
      } catch (error) {
        if (!(error instanceof GraphError)) throw error;
        const { statusCode, headers, message } = error;
        if (statusCode <= 0)
          throw new UnreachableError(`Cannot reach ${name}: ${toSentence(message)} ${hint}`);
        if (statusCode < 500 && !TRANSIENT.has(statusCode)) throw new RefusedError(error);
        const retryAfterMs = readRetryAfter(headers?.get('retry-after') ?? undefined);
        return {
          tryAgain: { code: error.code ?? '', message: toSentence(message), statusCode },
          ...(retryAfterMs !== undefined && { retryAfterMs }),
        };
      }
    });
    if ('done' in retried) return retried.done;
    const problem = 'gaveUp' in retried ? `${retried.gaveUp.statusCode}: ${retried.gaveUp.message}` : '';
    throw new UnreachableError(`${name} responded with ${problem} Try again later.`);
  };
}

/** Sends a request once, as the only middleware of a client. */
async function sendOnce(context: Context): Promise<void> {
  const response = fetch(context.request, context.options).catch((error) => {
    const { cause = error } = error as { cause?: unknown };
    throw cause;
  });
  context.response = await withCode(response);
}
