import rhea from 'rhea';
import type { Entity } from './entities.ts';
import { manage } from './management.ts';
import type { Sender } from './rheaEdge.ts';
import { addressOf, asRecord, sendSettled } from './rheaEdge.ts';
import type { ErrorCondition } from './serviceBusError.ts';
import { ServiceBusError } from './serviceBusError.ts';

/** A node that answers requests: the token node, or an entity's management node. */
export type RequestNode = { readonly kind: 'cbs' } | { readonly kind: 'management'; readonly entity: Entity };

const { types } = rhea;

const statusCodes: Readonly<Record<ErrorCondition, number>> = {
  'amqp:decode-error': 400,
  'amqp:internal-error': 500,
  'amqp:link:message-size-exceeded': 403,
  'amqp:not-allowed': 400,
  'amqp:not-found': 404,
  'amqp:not-implemented': 501,
  'amqp:resource-limit-exceeded': 403,
  'com.microsoft:argument-error': 400,
  'com.microsoft:entity-disabled': 403,
  'com.microsoft:message-lock-lost': 410,
  'com.microsoft:message-not-found': 404,
  'com.microsoft:session-cannot-be-locked': 410,
  'com.microsoft:session-lock-lost': 410,
  'com.microsoft:timeout': 408,
};

/** The links of one connection on which answers go back. */
export class ReplyLinks {
  readonly #links = new Set<Sender>();

  add(link: Sender): void {
    this.#links.add(link);
  }

  delete(link: Sender): void {
    this.#links.delete(link);
  }

  /** A client names its receiving link in `reply-to`, by target address (.NET) or by link name (JavaScript). */
  find(node: string, replyTo: string): Sender | undefined {
    const candidates = [...this.#links].filter(
      (link) => addressOf(link.source).toLowerCase() === node.toLowerCase(),
    );
    return (
      candidates.find((link) => addressOf(link.target) === replyTo || link.name === replyTo) ??
      (candidates.length === 1 ? candidates[0] : undefined)
    );
  }
}

/** Answers one request that came to `$cbs` or to a queue's `$management`. */
export function answerRequest(
  node: RequestNode,
  address: string,
  request: Buffer,
  replies: ReplyLinks,
): void {
  const message = rhea.message.decode(request);
  const link = replies.find(address, String(message.reply_to ?? ''));
  if (link === undefined) return;
  const { applicationProperties, body } = answerTo(
    node,
    asRecord(message.application_properties),
    message.body,
  );
  const reply = {
    correlation_id: message.correlation_id ?? message.message_id,
    application_properties: applicationProperties,
    body: body ?? null,
  };
  sendSettled(link, rhea.message.encode(reply));
}

function answerTo(node: RequestNode, properties: Readonly<Record<string, unknown>>, body: unknown) {
  if (node.kind === 'cbs') {
    // Whatever the token says is good enough for a local stand-in.
    return {
      applicationProperties: { 'status-code': types.wrap_int(202), 'status-description': 'Accepted' },
      body: undefined,
    };
  }
  try {
    const answer = manage(node.entity, String(properties.operation), body);
    return {
      applicationProperties: { statusCode: types.wrap_int(answer.statusCode), statusDescription: 'OK' },
      body: answer.body ?? {},
    };
  } catch (error) {
    const refusal =
      error instanceof ServiceBusError ? error : new ServiceBusError('amqp:internal-error', String(error));
    return {
      applicationProperties: {
        statusCode: types.wrap_int(statusCodes[refusal.condition]),
        statusDescription: refusal.message,
        errorCondition: types.wrap_symbol(refusal.condition),
      },
      body: undefined,
    };
  }
}
