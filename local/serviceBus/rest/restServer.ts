import type { ServerResponse } from 'node:http';
import type { FaultHook } from '../../http/fault.ts';
import type { HttpRequest } from '../../http/httpRequest.ts';
import type { HttpResponse } from '../../http/httpResponse.ts';
import { type HttpServer, startHttpServer } from '../../http/httpServer.ts';
import type { Consumer } from '../delivery/consumer.ts';
import { guidOf } from '../encoding/amqpValue.ts';
import { contentOf } from '../encoding/outgoingMessage.ts';
import type { FindEntity } from '../entities/entities.ts';
import { MAX_MESSAGE_BYTES } from '../entities/entityOptions.ts';
import type { Queue } from '../entities/queue.ts';
import type { SendTarget } from '../entities/sendTarget.ts';
import type { ErrorReason } from '../messages/serviceBusError.ts';
import { ServiceBusError } from '../messages/serviceBusError.ts';
import type { Schedule } from '../time/schedule.ts';
import { receiveOne } from './receiveOne.ts';
import { leftOut, refusal } from './refusal.ts';
import { readRestMessage, writeRestMessage } from './restMessage.ts';

/** Above the queue's own limit, which then is the one that refuses; a longer body is refused in the same way. */
const MAX_BODY_BYTES = 1024 * 1024;
const DEFAULT_TIMEOUT_SECONDS = 60;
const LONGEST_TIMEOUT_SECONDS = 3600;

/** Where the service takes AMQP over WebSockets. */
const WEB_SOCKET_PATH = '/$servicebus/websocket';
const target = /^\/(?<address>.+)\/messages(?:\/(?<head>head)|\/(?<message>[^/]+)\/(?<lockToken>[^/]+))?\/?$/;

/**
 * The response codes of "Service Bus Runtime REST": 403 for a quota or a size, 404 for a lock that is gone. The pages
 * do not tell what a missing SessionId gets; senders report 405 (azure-sdk-for-python, "session enabled queue").
 */
const statusCodes: Readonly<Record<ErrorReason, number>> = {
  malformed: 400,
  internal: 500,
  messageSizeExceeded: 403,
  notAllowed: 405,
  entityNotFound: 404,
  notSupported: 501,
  quotaExceeded: 403,
  argumentError: 400,
  entityDisabled: 403,
  messageLockLost: 404,
  messageNotFound: 404,
  sessionCannotBeLocked: 410,
  sessionLockLost: 404,
  timeout: 408,
};

/**
 * Serves the runtime operations of the Service Bus REST API for single messages, over plain HTTP.
 *
 * @param schedule times the receivers that wait
 * @param faultFor says what goes wrong with a request
 */
export async function startRestServer({
  findEntity,
  schedule,
  port,
  faultFor,
}: {
  findEntity: FindEntity;
  schedule: Schedule;
  port: number;
  faultFor: FaultHook;
}): Promise<HttpServer> {
  async function handle(request: HttpRequest, response: ServerResponse): Promise<HttpResponse> {
    if (request.path === WEB_SOCKET_PATH) return leftOut;
    // Whatever the token says is good enough for a local stand-in.
    if (!/^(Bearer|SharedAccessSignature) +\S/i.test(request.headers.authorization ?? '')) {
      return refusal(
        401,
        'MissingToken: the request has no Authorization header with a Bearer token or a SAS token.',
      );
    }
    try {
      return await route(request, response);
    } catch (error) {
      if (!(error instanceof ServiceBusError)) throw error;
      return refusal(statusCodes[error.reason], error.message);
    }
  }

  function route(request: HttpRequest, response: ServerResponse): HttpResponse | Promise<HttpResponse> {
    const { pathname, searchParams } = new URL(`http://localhost${request.path}`);
    const { address, head, message, lockToken } = target.exec(pathname)?.groups ?? {};
    if (address === undefined && searchParams.has('api-version')) return leftOut;
    if (address === undefined) return refusal(404, `There is no operation at ${pathname}.`);
    const entity = findEntity(decoded(address));
    if (message !== undefined && lockToken !== undefined) {
      return settle(request.method, entity.queue(), decoded(message), decoded(lockToken));
    }
    if (head === undefined) {
      return request.method === 'POST' ? send(entity.target(), request, response) : methodNotAllowed(request);
    }
    if (request.method !== 'POST' && request.method !== 'DELETE') return methodNotAllowed(request);
    const base = `http://${request.headers.host}/${address}/messages`;
    const receiveMode = request.method === 'POST' ? 'peekLock' : 'receiveAndDelete';
    return take(entity.queue(), receiveMode, timeoutOf(searchParams), response, base);
  }

  function send(target: SendTarget, request: HttpRequest, response: ServerResponse): HttpResponse {
    if (/^application\/vnd\.microsoft\.servicebus\.json/i.test(request.headers['content-type'] ?? '')) {
      throw new ServiceBusError('notSupported', 'The local Service Bus takes no batches over HTTP.');
    }
    target.send([contentOf(readRestMessage(response.req.rawHeaders, request.body))]);
    return { status: 201 };
  }

  async function take(
    queue: Queue,
    receiveMode: Consumer['receiveMode'],
    timeoutMs: number,
    response: ServerResponse,
    base: string,
  ): Promise<HttpResponse> {
    if (queue.settings.requiresSession) {
      throw new ServiceBusError(
        'notAllowed',
        `The queue '${queue.name}' requires sessions, and those cannot be received over HTTP.`,
      );
    }
    const received = await receiveOne({ queue, receiveMode, timeoutMs, schedule, response });
    if (received === undefined) return { status: 204 };
    const { message, lock } = received;
    const { headers, body } = writeRestMessage(message, lock);
    if (lock === undefined) return { status: 200, headers, body };
    const location = `${base}/${message.sequenceNumber}/${guidOf(lock.token)}`;
    return { status: 201, headers: { ...headers, Location: location }, body };
  }

  function settle(method: string, queue: Queue, id: string, lockToken: string): HttpResponse {
    const token = lockToken.replaceAll('-', '').toLowerCase();
    const message = queue.findLocked(token);
    if (
      message === undefined ||
      (message.content.messageId !== id && String(message.sequenceNumber) !== id)
    ) {
      throw new ServiceBusError('messageNotFound', 'No message has this id and this lock.');
    }
    if (method === 'DELETE') queue.complete(token);
    else if (method === 'PUT') queue.abandon(token);
    else if (method === 'POST') queue.renewLock(token);
    else return refusal(405, `${method} does nothing to a locked message.`);
    return { status: 200 };
  }

  const tooLarge = refusal(
    statusCodes.messageSizeExceeded,
    `The message is larger than ${MAX_MESSAGE_BYTES} bytes.`,
  );
  return startHttpServer({ port, maxBodyBytes: MAX_BODY_BYTES, tooLarge, handle, faultFor });
}

function timeoutOf(query: URLSearchParams): number {
  const text = query.get('timeout') ?? String(DEFAULT_TIMEOUT_SECONDS);
  if (/^\d{1,6}$/.test(text)) return Math.min(Number(text), LONGEST_TIMEOUT_SECONDS) * 1000;
  throw new ServiceBusError('argumentError', 'The timeout is not a whole number of seconds.');
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new ServiceBusError('argumentError', 'The path is not properly percent-encoded.');
  }
}

function methodNotAllowed({ method, path }: HttpRequest): HttpResponse {
  return refusal(405, `There is no operation ${method} ${path}.`);
}
