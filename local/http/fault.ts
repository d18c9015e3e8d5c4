import type { IncomingHttpHeaders, ServerResponse } from 'node:http';

/** A request as a stand-in received it. */
export type HttpRequest = {
  /** Counts the requests of one stand-in from 0. */
  readonly index: number;
  /** When it arrived, milliseconds since the epoch. */
  readonly at: number;
  readonly method: string;
  /** Path and query, as sent. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
};

/** An answer as a stand-in sends it. */
export type HttpAnswer = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
};

/**
 * What goes wrong with one request. "Applied" means that the stand-in does what the request asks (changes the
 * partner, issues the token, keeps the telemetry), at the moment of arrival, whatever the client gets to see.
 */
export type Fault =
  /** This answer instead of the true one. Not applied, unless `apply` is set. */
  | ({ readonly kind: 'answer'; readonly apply?: boolean } & HttpAnswer)
  /** Applied; the true answer comes later. */
  | { readonly kind: 'delay'; readonly delayMs: number }
  /** No answer, and the connection stays open. Not applied, unless `apply` is set. */
  | { readonly kind: 'hang'; readonly apply?: boolean }
  /** The connection is reset. Not applied. */
  | { readonly kind: 'resetBeforeAnswer' }
  /** Applied; the connection is reset after half of the answer's body. */
  | { readonly kind: 'resetInAnswer' }
  /** Applied; the connection is reset instead of an answer. */
  | { readonly kind: 'applyThenReset' }
  /** Applied; headers, then a byte every `everyMs`, and a reset after `forMs` unless the body ended before. */
  | { readonly kind: 'trickle'; readonly everyMs: number; readonly forMs: number };

/** Decides for each request whether something goes wrong with it. Is called once per request, in order of arrival. */
export type FaultHook = (request: HttpRequest) => Fault | undefined;

/** The first fault for the first request, and so on; `undefined`, and everything after the last, goes well. */
export function inOrder(...faults: readonly (Fault | undefined)[]): FaultHook {
  let next = 0;
  return () => faults[next++];
}

/** The same fault for every request. */
export function always(fault: Fault): FaultHook {
  return () => fault;
}

/** Asks the hook only about requests that match: a sequence then counts only those. */
export function when(matches: (request: HttpRequest) => boolean, hook: FaultHook): FaultHook {
  return (request) => (matches(request) ? hook(request) : undefined);
}

/** Whether a stand-in does what the request asks. */
export function isApplied(fault: Fault | undefined): boolean {
  switch (fault?.kind) {
    case 'answer':
    case 'hang':
      return fault.apply === true;
    case 'resetBeforeAnswer':
      return false;
    default:
      return true;
  }
}

/** One request's way back, as far as a fault needs it. */
export type Exchange = {
  readonly response: ServerResponse;
  /** Resets the TCP connection. */
  reset(): void;
  /** Calls back later, unless the connection is gone by then. */
  later(ms: number, action: () => void): void;
};

/** Answers the request as the fault says; `answer` is the true answer, absent where the request was not applied. */
export function respond(exchange: Exchange, fault: Fault | undefined, answer: HttpAnswer | undefined): void {
  switch (fault?.kind) {
    case 'answer':
      send(exchange, fault);
      break;
    case 'delay':
      exchange.later(fault.delayMs, () => send(exchange, answer));
      break;
    case 'hang':
      break;
    case 'resetBeforeAnswer':
    case 'applyThenReset':
      exchange.reset();
      break;
    case 'resetInAnswer':
      sendHalf(exchange, answer);
      break;
    case 'trickle':
      trickle(exchange, fault, answer);
      break;
    default:
      send(exchange, answer);
  }
}

function send(exchange: Exchange, answer: HttpAnswer | undefined): void {
  exchange.response.end(writeHead(exchange, answer));
}

function sendHalf(exchange: Exchange, answer: HttpAnswer | undefined): void {
  const body = writeHead(exchange, answer);
  exchange.response.flushHeaders();
  // A reset may overtake bytes that were sent before it: leave them time to arrive.
  exchange.response.write(body.subarray(0, Math.ceil(body.length / 2)), () =>
    exchange.later(20, () => exchange.reset()),
  );
}

function trickle(
  exchange: Exchange,
  { everyMs, forMs }: { everyMs: number; forMs: number },
  answer: HttpAnswer | undefined,
): void {
  const body = writeHead(exchange, answer);
  exchange.response.flushHeaders();
  let sent = 0;
  const drip = () => {
    if (sent === body.length) {
      exchange.response.end();
    } else {
      exchange.response.write(body.subarray(sent, ++sent));
      exchange.later(everyMs, drip);
    }
  };
  exchange.later(everyMs, drip);
  exchange.later(forMs, () => {
    if (!exchange.response.writableEnded) exchange.reset();
  });
}

function writeHead({ response }: Exchange, answer: HttpAnswer = { status: 500 }): Buffer {
  const body = Buffer.from(answer.body ?? '');
  // RFC 9110: an answer with these codes has no length, because it has no content.
  const hasLength = answer.status >= 200 && answer.status !== 204 && answer.status !== 304;
  response.writeHead(answer.status, {
    ...(hasLength && { 'Content-Length': String(body.length) }),
    ...answer.headers,
  });
  return body;
}
