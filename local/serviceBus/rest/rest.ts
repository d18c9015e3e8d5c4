import type { ServerResponse } from 'node:http';
import type { HttpRequest } from '../../http/httpRequest.ts';
import type { HttpResponse } from '../../http/httpResponse.ts';
import { type HttpServer, startHttpServer } from '../../http/httpServer.ts';
import type { Consumer } from '../delivery/consumer.ts';
import type { FindEntity } from '../entities/entities.ts';
import { maxMessageBytes } from '../entities/entityOptions.ts';
import type { MessageLock } from '../messages/messageLocks.ts';
import { contentOf } from '../encoding/outgoingMessage.ts';
import type { Queue } from '../entities/queue.ts';
import type { QueueMessage } from '../messages/queueMessage.ts';
import { guidOf, readRestMessage, writeRestMessage } from './restMessage.ts';
import type { Schedule } from '../time/schedule.ts';
import type { SendTarget } from '../entities/sendTarget.ts';
import type { ErrorCondition } from '../messages/serviceBusError.ts';
import { ServiceBusError } from '../messages/serviceBusError.ts';

type Received = { readonly message: QueueMessage; readonly lock: MessageLock | undefined };

/** Above the queue's own limit, which then is the one that refuses; a longer body is refused in the same way. */
const maxBodyBytes = 1024 * 1024;
const defaultTimeoutSeconds = 60;
const longestTimeoutSeconds = 3600;

const target = /^\/(?<address>.+)\/messages(?:\/(?<head>head)|\/(?<message>[^/]+)\/(?<lockToken>[^/]+))?\/?$/;

/**
 * The response codes of "Service Bus Runtime REST": 403 for a quota or a size, 404 for a lock that is gone. The pages
 * do not tell what a missing SessionId gets; senders report 405 (azure-sdk-for-python, "session enabled queue").
 */
const statusCodes: Readonly<Record<ErrorCondition, number>> = {
  'amqp:decode-error': 400,
  'amqp:internal-error': 500,
  'amqp:link:message-size-exceeded': 403,
  'amqp:not-allowed': 405,
  'amqp:not-found': 404,
  'amqp:not-implemented': 501,
  'amqp:resource-limit-exceeded': 403,
  'com.microsoft:argument-error': 400,
  'com.microsoft:entity-disabled': 403,
  'com.microsoft:message-lock-lost': 404,
  'com.microsoft:message-not-found': 404,
  'com.microsoft:session-cannot-be-locked': 410,
  'com.microsoft:session-lock-lost': 404,
  'com.microsoft:timeout': 408,
};

/**
 * Serves the runtime operations of the Service Bus REST API for single messages, over plain HTTP.
 *
 * @param schedule times the receivers that wait
 */
export async function startRest({
  findEntity,
  schedule,
  port,
}: {
  findEntity: FindEntity;
  schedule: Schedule;
  port: number;
}): Promise<HttpServer> {
  async function handle(request: HttpRequest, response: ServerResponse): Promise<HttpResponse> {
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
      return refusal(statusCodes[error.condition], error.message);
    }
  }

  function route(request: HttpRequest, response: ServerResponse): HttpResponse | Promise<HttpResponse> {
    const { pathname, searchParams } = new URL(`http://localhost${request.path}`);
    const { address, head, message, lockToken } = target.exec(pathname)?.groups ?? {};
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
      throw new ServiceBusError('amqp:not-implemented', 'The local Service Bus takes no batches over HTTP.');
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
        'amqp:not-allowed',
        `The queue '${queue.name}' requires sessions, and those cannot be received over HTTP.`,
      );
    }
    const received = await receive({ queue, receiveMode, timeoutMs, schedule, response });
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
      throw new ServiceBusError('com.microsoft:message-not-found', 'No message has this id and this lock.');
    }
    if (method === 'DELETE') queue.complete(token);
    else if (method === 'PUT') queue.abandon(token);
    else if (method === 'POST') queue.renewLock(token);
    else return refusal(405, `${method} does nothing to a locked message.`);
    return { status: 200 };
  }

  const tooLarge = refusal(
    statusCodes['amqp:link:message-size-exceeded'],
    `The message is larger than ${maxMessageBytes} bytes.`,
  );
  return startHttpServer({ port, maxBodyBytes, tooLarge, handle });
}

/** The next message; undefined once the time is over or the client has gone. Rejects if the queue ends it. */
function receive({
  queue,
  receiveMode,
  timeoutMs,
  schedule,
  response,
}: {
  queue: Queue;
  receiveMode: Consumer['receiveMode'];
  timeoutMs: number;
  schedule: Schedule;
  response: ServerResponse;
}): Promise<Received | undefined> {
  return new Promise((resolve, reject) => {
    const stopWaiting = () => {
      timeout.cancel();
      response.off('close', giveUp);
      queue.stopDelivery(consumer);
    };
    const giveUp = () => {
      stopWaiting();
      resolve(undefined);
    };
    const timeout = schedule.at(schedule.now() + timeoutMs, giveUp);
    response.once('close', giveUp);
    const consumer: Consumer = {
      receiveMode,
      deliver(message, lock) {
        stopWaiting();
        resolve({ message, lock });
        return false;
      },
      detach(reason) {
        stopWaiting();
        reject(reason);
      },
    };
    queue.startDelivery(consumer);
  });
}

function timeoutOf(query: URLSearchParams): number {
  const text = query.get('timeout') ?? String(defaultTimeoutSeconds);
  if (/^\d{1,6}$/.test(text)) return Math.min(Number(text), longestTimeoutSeconds) * 1000;
  throw new ServiceBusError('com.microsoft:argument-error', 'The timeout is not a whole number of seconds.');
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new ServiceBusError('com.microsoft:argument-error', 'The path is not properly percent-encoded.');
  }
}

function methodNotAllowed({ method, path }: HttpRequest): HttpResponse {
  return refusal(405, `There is no operation ${method} ${path}.`);
}

function refusal(status: number, detail: string): HttpResponse {
  const text = detail.replace(/[<>&]/g, (character) => `&#${character.charCodeAt(0)};`);
  return {
    status,
    headers: { 'Content-Type': 'application/xml; charset=utf-8' },
    body: `<Error><Code>${status}</Code><Detail>${text}</Detail></Error>`,
  };
}
