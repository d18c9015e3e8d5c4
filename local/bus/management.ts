import rhea, { type Message, type Typed } from 'rhea';
import { type AmqpError, conditions, decode, outgoing, swapGuidBytes, toNumber } from './amqp.ts';
import type { Disposition, Queue } from './queue.ts';

type Body = Record<string, unknown>;
type Reply = { status: number; body?: Body; error?: AmqpError };

const { types } = rhea;

/** Answers one request to a queue's `$management` node ("AMQP request/response based operations"). */
export function manage(queue: Queue, request: Message): Message {
  const operation = String(request.application_properties?.operation);
  const handle = operations[operation];
  const { status, body, error }: Reply = handle
    ? handle(queue, (request.body ?? {}) as Body)
    : failure(501, conditions.notAllowed, `The operation ${operation} is not supported here.`);
  return {
    correlation_id: request.message_id ?? '',
    application_properties: {
      statusCode: types.wrap_int(status),
      'status-code': types.wrap_int(status),
      statusDescription: error?.description ?? 'OK',
      ...(error && { errorCondition: types.wrap_symbol(error.condition) }),
    },
    body: body ?? {},
  };
}

const operations: Record<string, (queue: Queue, body: Body) => Reply> = {
  'com.microsoft:renew-lock'(queue, body) {
    const expirations = list(body['lock-tokens']).map((token) =>
      queue.renewLock(swapGuidBytes(token as Buffer)),
    );
    return expirations.includes(undefined)
      ? failure(410, conditions.messageLockLost, 'The lock on the message has expired or never existed.')
      : { status: 200, body: { expirations: types.wrap_array(expirations as never, 0x83, undefined) } };
  },

  'com.microsoft:renew-session-lock'(queue, body) {
    const until = queue.renewSessionLock(String(body['session-id']));
    return until === undefined
      ? failure(410, conditions.sessionLockLost, 'The lock on the session has expired.')
      : { status: 200, body: { expiration: types.wrap_timestamp(until) } };
  },

  'com.microsoft:get-session-state'(queue, body) {
    const state = queue.sessionState(String(body['session-id']));
    return {
      status: 200,
      body: { 'session-state': state ? types.wrap_binary(state) : (null as unknown as Typed) },
    };
  },

  'com.microsoft:set-session-state'(queue, body) {
    const state = body['session-state'];
    queue.setSessionState(String(body['session-id']), Buffer.isBuffer(state) ? state : undefined);
    return { status: 200 };
  },

  'com.microsoft:peek-message'(queue, body) {
    const from = toNumber(body['from-sequence-number']);
    const sessionId = body['session-id'];
    const found = queue
      .messages()
      .filter((one) => one.sequenceNumber >= from && (sessionId == null || one.sessionId === sessionId))
      .slice(0, toNumber(body['message-count']));
    const messages = found.map((one) =>
      types.wrap_map({ message: types.wrap_binary(encode(outgoing(one))) }),
    );
    return { status: found.length > 0 ? 200 : 204, body: { messages: types.wrap_list(messages) } };
  },

  'com.microsoft:schedule-message'(queue, body) {
    if (queue.refusing) return failure(403, conditions.quotaExceeded, 'The queue refuses messages.');
    const numbers = list(body.messages).map((entry) => {
      const message = decode((entry as { message: Buffer }).message);
      return queue.enqueue(message, scheduledTime(message)) ?? 0;
    });
    return { status: 200, body: { 'sequence-numbers': types.wrap_array(numbers, 0x81, undefined) } };
  },

  'com.microsoft:cancel-scheduled-message'(queue, body) {
    const cancelled = list(body['sequence-numbers']).map((number) => queue.cancelScheduled(toNumber(number)));
    return cancelled.includes(false)
      ? failure(404, conditions.messageNotFound, 'There is no scheduled message with that sequence number.')
      : { status: 200 };
  },

  'com.microsoft:receive-by-sequence-number'(queue, body) {
    const numbers = list(body['sequence-numbers']).map(toNumber);
    const found = queue.receiveDeferred(numbers, toNumber(body['receiver-settle-mode']) === 0);
    if (found.length < numbers.length) {
      return failure(
        404,
        conditions.messageNotFound,
        'There is no deferred message with that sequence number.',
      );
    }
    const messages = found.map(([queued, lock]) =>
      types.wrap_map({
        message: types.wrap_binary(encode(outgoing(queued, lock))),
        ...(lock && { 'lock-token': types.wrap_uuid(swapGuidBytes(lock.token)) }),
      }),
    );
    return { status: 200, body: { messages: types.wrap_list(messages) } };
  },

  'com.microsoft:update-disposition'(queue, body) {
    const disposition = dispositionOf(body);
    const settled = list(body['lock-tokens']).map((token) =>
      queue.settle(swapGuidBytes(token as Buffer), disposition),
    );
    return settled.includes(false)
      ? failure(410, conditions.messageLockLost, 'The lock on the message has expired or never existed.')
      : { status: 200 };
  },
};

/** When a message is to become available, in milliseconds since the epoch. */
export function scheduledTime(message: Message): number | undefined {
  const time = message.message_annotations?.['x-opt-scheduled-enqueue-time'];
  return time === undefined ? undefined : new Date(time as Date | number).getTime();
}

function dispositionOf(body: Body): Disposition {
  switch (body['disposition-status']) {
    case 'completed':
      return { type: 'complete' };
    case 'suspended':
      return {
        type: 'deadLetter',
        reason: String(body['deadletter-reason'] ?? ''),
        description: String(body['deadletter-description'] ?? ''),
      };
    case 'defered':
      return { type: 'defer' };
    default:
      return { type: 'abandon' };
  }
}

function failure(status: number, condition: string, description: string): Reply {
  return { status, error: { condition, description } };
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function encode(message: Message): Buffer {
  return rhea.message.encode(message) as unknown as Buffer;
}
