import { readRetryAfter } from '../../shared/graph/graphResponse.ts';
import { asObject, parseJson } from '../../shared/kit/json.ts';
import { createRetry } from '../../shared/kit/retry.ts';
import { sleep } from '../../shared/kit/sleep.ts';
import { watchConnection } from '../command/connectionWatch.ts';
import { toSentence, UnreachableError } from '../command/errors.ts';
import { describeNetworkProblem } from '../command/networkProblem.ts';
import { describeDuration } from '../command/time.ts';
import { note } from '../terminal/print.ts';
import { type AzureService, getToken } from './signIn.ts';

/** A REST API of Azure, called as the caller. */
export type AzureApi = Pick<AzureService, 'name' | 'baseUrl'> & {
  /**
   * Makes one request; tries again while the API is busy. Follows no redirect.
   *
   * @param path with its query
   * @returns the JSON of the response; undefined if it has no body
   * @throws {RefusedError} for any other response than success
   * @throws {UnreachableError} if there is no sign-in or no response
   */
  call(path: string, request?: AzureRequest): Promise<unknown>;
};

export type AzureRequest = { readonly method: 'POST' | 'DELETE'; readonly body?: object };

/** An API did not do what it was asked for; the message names it, its status and its reason. */
export class RefusedError extends UnreachableError {
  readonly status: number;
  /** What the API says of it, as a sentence. */
  readonly reason: string;

  constructor(apiName: string, status: number, reason: string) {
    super(`${apiName} responded with ${status}: ${reason}`);
    this.status = status;
    this.reason = reason;
  }
}

/** Of one attempt. */
const TIMEOUT_MS = 30_000;
const SIGN_IN_TIMEOUT_MS = 60_000;
const BUDGET_MS = 120_000;
/** A wait that a person would wonder about. */
const NOTICEABLE_MS = 2_000;
/** More than any page of a list has. */
const LONGEST_RESPONSE = 16 * 1024 * 1024;
const TRANSIENT = new Set([408, 423, 425, 429]);

/** @param budgetMs how long to try again while the API is busy; 0: one attempt only */
export function openApi(service: AzureService, { budgetMs = BUDGET_MS } = {}): AzureApi {
  const { name, baseUrl, hint } = service;
  const watch = watchConnection(`the sign-in for ${name}`, {
    hint,
    timeoutMs: service.signInTimeoutMs ?? SIGN_IN_TIMEOUT_MS,
  });
  let token: Promise<string> | undefined;
  return {
    name,
    baseUrl,
    async call(path, request) {
      token ??= watch(() => getToken(service));
      const bearer = await token;
      const retry = createRetry({
        budgetMs,
        sleep: (ms) => {
          if (ms > NOTICEABLE_MS) note(`${name} is busy; trying again in ${describeDuration(ms)} …`);
          return sleep(ms);
        },
      });
      let last: Response | undefined;
      await retry(path, async () => {
        last = await send(service, path, bearer, request);
        return toAttempt(last);
      });
      return readOutcome(service, last);
    },
  };
}

type Response = { readonly status: number; readonly retryAfter: string | null; readonly text: string };

async function send(
  { name, baseUrl, hint }: AzureService,
  path: string,
  token: string,
  request: AzureRequest | undefined,
): Promise<Response> {
  try {
    const response = await fetch(`${baseUrl}${path}`, {
      method: request?.method ?? 'GET',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      ...(request?.body && { body: JSON.stringify(request.body) }),
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const { status, headers } = response;
    return { status, retryAfter: headers.get('retry-after'), text: await readText(name, response) };
  } catch (error) {
    if (error instanceof UnreachableError) throw error;
    throw new UnreachableError(`Cannot reach ${name}: ${describeNetworkProblem(error, hint)}`, {
      cause: error,
    });
  }
}

async function readText(name: string, { body }: globalThis.Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    length += chunk.length;
    if (length > LONGEST_RESPONSE) throw new UnreachableError(`${name} sends a response without an end.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function toAttempt({ status, retryAfter }: Response) {
  if (status < 500 && !TRANSIENT.has(status)) return { done: undefined };
  const retryAfterMs = readRetryAfter(retryAfter ?? undefined);
  return {
    tryAgain: { code: 'busy', message: '' },
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}

function readOutcome({ name, permissionHint }: AzureService, response: Response | undefined): unknown {
  const { status, text } = response ?? { status: 0, text: '' };
  const json = parseJson(text);
  if (status >= 200 && status < 300) {
    if (text === '') return undefined;
    if (json !== undefined) return json;
    throw new RefusedError(
      name,
      status,
      'The response is not JSON. Is there a proxy that asks for a sign-in?',
    );
  }
  const advice = status === 403 && permissionHint ? ` ${permissionHint}` : '';
  throw new RefusedError(name, status, `${toSentence(reasonIn(json) || meaningOf(status))}${advice}`);
}

/** What an API says of an error: ARM, Log Analytics and Graph use one form. */
function reasonIn(json: unknown): string {
  const { code, message, innererror } = asObject(asObject(json).error);
  const words = [message, asObject(innererror).message].filter(isText);
  return words.length > 0 ? words.join(': ') : isText(code) ? code : '';
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function meaningOf(status: number): string {
  if (status >= 300 && status < 400) return 'A redirect, which is not followed';
  if (status === 429) return 'Too many requests; try again later';
  return status >= 500 ? 'Try again later' : 'No reason was given';
}
