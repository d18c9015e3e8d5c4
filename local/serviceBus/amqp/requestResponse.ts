import type { Sender } from 'rhea';
import rhea from 'rhea';
import { asRecord, type RawMapEntry, readOptionalMap } from '../encoding/amqpValue.ts';
import { section, sectionsOf } from '../encoding/messageSections.ts';
import type { Entity, FindEntity } from '../entities/entities.ts';
import { amqpErrorOf } from './amqpError.ts';
import { manage } from './management.ts';
import { sendSettled } from './rheaLink.ts';
import { addressOf, nameIn, writtenAddressOf } from './terminus.ts';

/** A node that responds to requests: the token node, or an entity's management node. */
export type RequestNode =
  | { readonly kind: 'cbs'; readonly findEntity: FindEntity }
  | { readonly kind: 'management'; readonly entity: Entity };

const { types } = rhea;

/** The links of one connection on which responses go back. */
export class ResponseLinks {
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
      candidates.find((link) => writtenAddressOf(link.target) === replyTo || link.name === replyTo) ??
      (candidates.length === 1 ? candidates[0] : undefined)
    );
  }
}

/** Responds to one request that came to `$cbs` or to a queue's `$management`. */
export function respondTo(
  node: RequestNode,
  address: string,
  request: Buffer,
  responseLinks: ResponseLinks,
): void {
  const message = rhea.message.decode(request);
  const link = responseLinks.find(address, String(message.reply_to ?? ''));
  if (link === undefined) return;
  const { applicationProperties, body } = responseTo(
    node,
    asRecord(message.application_properties),
    message.body,
    request,
  );
  const response = {
    correlation_id: message.correlation_id ?? message.message_id,
    application_properties: applicationProperties,
    body: body ?? null,
  };
  sendSettled(link, rhea.message.encode(response));
}

/** The map in a request's body, with the AMQP types that were sent. */
function encodedBodyOf(request: Buffer): RawMapEntry[] {
  for (const { code, value } of sectionsOf(request)) {
    if (code === section.value) return readOptionalMap(value);
  }
  return [];
}

/**
 * Takes a token for an entity, or for the whole namespace. Whatever the token says is good enough for a local stand-in,
 * but the entity has to be there.
 */
function putToken(findEntity: FindEntity, audience: string) {
  const name = nameIn(audience).replace(/\/(\$management)?$/i, '');
  try {
    if (name !== '') findEntity(name);
    return { 'status-code': types.wrap_int(202), 'status-description': 'Accepted' };
  } catch (error) {
    const { statusCode, description } = amqpErrorOf(error);
    return { 'status-code': types.wrap_int(statusCode), 'status-description': description };
  }
}

function responseTo(
  node: RequestNode,
  properties: Readonly<Record<string, unknown>>,
  body: unknown,
  request: Buffer,
) {
  if (node.kind === 'cbs') {
    return { applicationProperties: putToken(node.findEntity, String(properties.name)), body: undefined };
  }
  try {
    const response = manage(node.entity, String(properties.operation), body, encodedBodyOf(request));
    return {
      applicationProperties: { statusCode: types.wrap_int(response.statusCode), statusDescription: 'OK' },
      body: response.body ?? {},
    };
  } catch (error) {
    const { condition, description, statusCode } = amqpErrorOf(error);
    return {
      applicationProperties: {
        statusCode: types.wrap_int(statusCode),
        statusDescription: description,
        errorCondition: types.wrap_symbol(condition),
      },
      body: undefined,
    };
  }
}
