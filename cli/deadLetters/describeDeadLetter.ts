import { parseJson } from '../../shared/kit/json.ts';
import { sanitize } from '../../shared/kit/sanitize.ts';
import { asBytes } from '../../shared/receive/message.ts';
import { toSentence } from '../command/errors.ts';
import { describeRequest } from '../requests/readRequests.ts';
import { describeResult } from '../results/describeResult.ts';
import { formatTime } from '../terminal/time.ts';
import type { DeadLetter } from './readDeadLetters.ts';

/** A dead letter for a list: what it is, why it is there, and whether it can be sent again. */
export function formatDeadLetter({ obstacle, message, ...letter }: DeadLetter): string[] {
  const { deadLetterReason = 'no reason', deadLetterErrorDescription = '' } = message;
  const reason = [deadLetterReason, deadLetterErrorDescription].filter(Boolean).join(': ');
  return [
    `${letter.id}  ${describeDeadLetter(letter)}, since ${formatTime(message.enqueuedTimeUtc)}`,
    `  ${toSentence(reason)}`,
    `  ${obstacle === undefined ? 'Can be sent again.' : toSentence(`Not to be sent again: ${obstacle}`)}`,
  ];
}

/** What a dead letter is. */
export function describeDeadLetter({ request, result }: Pick<DeadLetter, 'request' | 'result'>): string {
  if (request) {
    const reference = request.body.request?.reference;
    return `${describeRequest(request)}${reference === undefined ? '' : `, reference ${sanitize(reference)}`}`;
  }
  if (!result) return 'a message that is not a result';
  return `the result of ${sanitize(result.reference || result.messageId || 'a request')} (${describeResult(result)})`;
}

/** All of a dead letter, so that nothing is lost with it. */
export function deadLetterJson({ id, message, request, obstacle }: DeadLetter): object {
  const { enqueuedTimeUtc, applicationProperties = {} } = message;
  const { DeadLetterReason, DeadLetterErrorDescription, ...properties } = applicationProperties;
  return {
    number: id,
    messageId: message.messageId,
    correlationId: message.correlationId,
    sessionId: message.sessionId,
    enqueuedTime: enqueuedTimeUtc,
    deliveryCount: message.deliveryCount,
    contentType: message.contentType,
    subject: message.subject,
    applicationProperties: properties,
    [request ? 'request' : 'result']: readBody(message.body),
    deadLetterReason: message.deadLetterReason,
    deadLetterErrorDescription: message.deadLetterErrorDescription,
    ...(obstacle !== undefined && { obstacle }),
  };
}

function readBody(body: unknown): unknown {
  const text = Buffer.from(asBytes(body)).toString('utf8');
  return parseJson(text) ?? text;
}
