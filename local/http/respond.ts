import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { Fault } from './fault.ts';
import type { HttpResponse } from './httpResponse.ts';

/** One request's way back to its client. */
export type ReturnPath = {
  readonly serverResponse: ServerResponse;
  /** Called right before the last byte of a response is handed over: no client has the response earlier. */
  onLastByte(): void;
  /** Resets the TCP connection. */
  reset(): void;
  /** Calls back later, unless the connection is gone by then. */
  later(ms: number, action: () => void): void;
};

/** How long half a response has to arrive before the reset that follows it. */
const RESET_AFTER_MS = 20;

/** A piece of a body that never ends. */
const DOTS = Buffer.alloc(64 * 1024, '.');

/** Responds as the fault says; without a fault, sends the true response, which is absent if nothing was applied. */
export function respond(
  path: ReturnPath,
  fault: Fault | undefined,
  trueResponse: HttpResponse | undefined,
): void {
  switch (fault?.kind) {
    case 'response':
      send(path, fault);
      break;
    case 'delay':
      path.later(fault.delayMs, () => send(path, trueResponse));
      break;
    case 'hang':
      break;
    case 'resetBeforeApplying':
    case 'resetAfterApplying':
      path.reset();
      break;
    case 'resetDuringResponse':
      sendHalf(path, trueResponse);
      break;
    case 'trickle':
      trickle(path, fault, trueResponse);
      break;
    case 'endless':
      sendForever(path, { status: 500, ...trueResponse, ...(fault.status && { status: fault.status }) });
      break;
    default:
      send(path, trueResponse);
  }
}

function send(path: ReturnPath, response: HttpResponse | undefined): void {
  const body = writeHead(path, response);
  path.onLastByte();
  path.serverResponse.end(body);
}

function sendHalf(path: ReturnPath, response: HttpResponse | undefined): void {
  const body = writeHead(path, response);
  path.serverResponse.flushHeaders();
  // A reset may overtake bytes that were sent before it: leave them time to arrive.
  path.serverResponse.write(body.subarray(0, Math.ceil(body.length / 2)), () =>
    path.later(RESET_AFTER_MS, () => path.reset()),
  );
}

function trickle(
  path: ReturnPath,
  { everyMs, forMs, hasLength }: { everyMs: number; forMs: number; hasLength?: boolean },
  response: HttpResponse | undefined,
): void {
  const body = writeHead(path, response, hasLength);
  path.serverResponse.flushHeaders();
  let sent = 0;
  const drip = () => {
    if (sent + 1 >= body.length) {
      path.onLastByte();
      path.serverResponse.end(body.subarray(sent));
    } else {
      path.serverResponse.write(body.subarray(sent, ++sent));
      path.later(everyMs, drip);
    }
  };
  path.later(everyMs, drip);
  path.later(forMs, () => {
    if (!path.serverResponse.writableEnded) path.reset();
  });
}

/** As fast as the client reads, until it goes away. */
function sendForever(path: ReturnPath, response: HttpResponse): void {
  const { serverResponse } = path;
  serverResponse.writeHead(response.status, response.headers);
  const dots = Readable.from(forever(DOTS));
  serverResponse.once('close', () => dots.destroy());
  dots.pipe(serverResponse);
}

function* forever<T>(value: T): Generator<T> {
  for (;;) yield value;
}

function writeHead(
  { serverResponse }: ReturnPath,
  response: HttpResponse = { status: 500 },
  hasLength = true,
): Buffer {
  const body = Buffer.from(response.body ?? '');
  // RFC 9110: a response with these codes has no length, because it has no content.
  const hasContent = response.status >= 200 && response.status !== 204 && response.status !== 304;
  // Neither a length nor chunks.
  if (!hasLength) serverResponse.removeHeader('Transfer-Encoding');
  serverResponse.writeHead(response.status, {
    ...(hasLength && hasContent && { 'Content-Length': String(body.length) }),
    ...response.headers,
  });
  return body;
}
