import type { ServiceBusReceiver } from '@azure/service-bus';
import type { Result } from '../shared/result.ts';
import { sanitize } from '../shared/sanitize.ts';
import { peekAll } from './peek.ts';

/**
 * The answers in the results queue, oldest first. Takes none of them.
 *
 * @param follow waits for further answers until it aborts
 */
export async function* answers(results: ServiceBusReceiver, follow?: AbortSignal): AsyncGenerator<Result> {
  for await (const { body } of peekAll(results, follow)) if (isAnswer(body)) yield body;
}

/** The partner that an answer is about, by record id in lower case; undefined where the request named none. */
export function partnerOf({ request }: Result): string | undefined {
  const { externalPartnerId } = Object(request) as { externalPartnerId?: unknown };
  return typeof externalPartnerId === 'string' ? externalPartnerId.toLowerCase() : undefined;
}

/** An answer on one line, for a person. */
export function inWords(answer: Result): string {
  if (answer.outcome !== 'applied') {
    return `${answer.outcome}: ${sanitize(answer.error.code)}: ${sanitize(answer.error.message)}`;
  }
  const { enableConnection, connectionStatus, statusDetails } = answer.partner;
  const details = [connectionStatus, statusDetails].filter((text) => text !== undefined).map(sanitize);
  return `applied: enableConnection is ${enableConnection}${details.map((text) => `, ${text}`).join('')}`;
}

function isAnswer(body: unknown): body is Result {
  return typeof body === 'object' && body !== null && 'outcome' in body && 'messageId' in body;
}
