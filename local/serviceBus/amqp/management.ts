import rhea from 'rhea';
import { asRecord, encodedValueOf, type RawMapEntry, readOptionalMap } from '../encoding/amqpValue.ts';
import { readPropertyChanges } from '../encoding/changedProperties.ts';
import { readMessage } from '../encoding/readMessage.ts';
import { writeMessage } from '../encoding/writeMessage.ts';
import type { Entity } from '../entities/entities.ts';
import type { PropertyChanges } from '../messages/propertyChanges.ts';
import { ServiceBusError } from '../messages/serviceBusError.ts';
import { cannotDefer } from './amqpError.ts';

/** The response of a management operation: a status code, and a body if there is something to say. */
export type ManagementResponse = { readonly statusCode: number; readonly body?: unknown };

type Request = {
  readonly body: Readonly<Record<string, unknown>>;
  /** The same, with the AMQP types that were sent. */
  readonly encodedBody: readonly RawMapEntry[];
};
type Operation = (entity: Entity, request: Request) => ManagementResponse;

const { types } = rhea;
const longType = 0x81;
const timestampType = 0x83;

function argumentError(name: string): ServiceBusError {
  return new ServiceBusError('argumentError', `The request's '${name}' is missing or malformed.`);
}

function listOf(request: Request, name: string): unknown[] {
  const value = request.body[name];
  if (Array.isArray(value)) return value;
  throw argumentError(name);
}

function textOf(request: Request, name: string): string {
  const value = request.body[name];
  if (typeof value === 'string') return value;
  throw argumentError(name);
}

function optionalText(request: Request, name: string): string | undefined {
  const value = request.body[name];
  return typeof value === 'string' ? value : undefined;
}

/** An AMQP long; rhea gives those beyond 2^53 as bytes. */
function numberOf(value: unknown, name: string): number {
  if (typeof value === 'number') return value;
  if (Buffer.isBuffer(value)) return Number(value.readBigInt64BE());
  throw argumentError(name);
}

function changesOf(request: Request): PropertyChanges {
  const entry = request.encodedBody.find(({ key }) => key === 'properties-to-modify');
  return readPropertyChanges(readOptionalMap(entry && encodedValueOf(entry)));
}

/** Lock tokens are uuids in network order here, unlike in delivery tags. */
function lockTokens(request: Request): string[] {
  return listOf(request, 'lock-tokens').map((token) => {
    if (Buffer.isBuffer(token)) return token.toString('hex');
    throw argumentError('lock-tokens');
  });
}

function sequenceNumbers(request: Request): number[] {
  return listOf(request, 'sequence-numbers').map((value) => numberOf(value, 'sequence-numbers'));
}

const operations: Readonly<Record<string, Operation>> = {
  'renew-lock': (entity, request) => ({
    statusCode: 200,
    body: {
      expirations: types.wrap_array(
        lockTokens(request).map((token) => entity.queue().renewLock(token)),
        timestampType,
        undefined,
      ),
    },
  }),

  'renew-session-lock': (entity, request) => ({
    statusCode: 200,
    body: {
      expiration: types.wrap_timestamp(entity.queue().sessions.renewLock(textOf(request, 'session-id'))),
    },
  }),

  'peek-message': (entity, request) => {
    const from = numberOf(request.body['from-sequence-number'], 'from-sequence-number');
    const count = numberOf(request.body['message-count'], 'message-count');
    const messages = entity.queue().peek(from, count, optionalText(request, 'session-id'));
    if (messages.length === 0) return { statusCode: 204 };
    return {
      statusCode: 200,
      body: { messages: messages.map((message) => ({ message: writeMessage(message, undefined) })) },
    };
  },

  'schedule-message': (entity, request) => {
    const contents = listOf(request, 'messages').map((entry) => {
      const { message } = asRecord(entry);
      if (Buffer.isBuffer(message)) return readMessage(message);
      throw argumentError('messages');
    });
    return {
      statusCode: 200,
      body: { 'sequence-numbers': types.wrap_array(entity.target().send(contents), longType, undefined) },
    };
  },

  'cancel-scheduled-message': (entity, request) => {
    entity.target().cancelScheduled(sequenceNumbers(request));
    return { statusCode: 200 };
  },

  'update-disposition': (entity, request) => {
    const queue = entity.queue();
    const changes = changesOf(request);
    const status = textOf(request, 'disposition-status');
    for (const token of lockTokens(request)) {
      switch (status) {
        case 'completed':
          queue.complete(token);
          break;
        case 'abandoned':
        // Sic.
        case 'defered':
          queue.abandon(token, changes);
          break;
        case 'suspended':
          queue.deadLetter(
            token,
            optionalText(request, 'deadletter-reason'),
            optionalText(request, 'deadletter-description'),
            changes,
          );
          break;
        default:
          throw argumentError('disposition-status');
      }
    }
    if (status === 'defered') throw cannotDefer();
    return { statusCode: 200 };
  },
};

const VENDOR_PREFIX = 'com.microsoft:';

/**
 * Runs one request to `<queue>/$management` ("AMQP in Service Bus: request/response-based operations").
 * @throws ServiceBusError for an unknown operation, a malformed request, or whatever the queue refuses.
 */
export function manage(
  entity: Entity,
  operation: string,
  body: unknown,
  encodedBody: readonly RawMapEntry[],
): ManagementResponse {
  const name = operation.startsWith(VENDOR_PREFIX) ? operation.slice(VENDOR_PREFIX.length) : '';
  const run = Object.hasOwn(operations, name) ? operations[name] : undefined;
  if (run === undefined) {
    throw new ServiceBusError('notSupported', `The operation '${operation}' is not supported.`);
  }
  return run(entity, { body: asRecord(body), encodedBody });
}
