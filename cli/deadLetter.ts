import type { ServiceBusReceivedMessage, ServiceBusReceiver } from '@azure/service-bus';
import { asBytes } from '../shared/message.ts';
import { type RequestBody, readRequestBody } from '../shared/requestBody.ts';
import type { Result } from '../shared/result.ts';
import { answers, partnerOf } from './answers.ts';
import type { Namespace } from './namespace.ts';
import { peekAll } from './peek.ts';

/** A message that ended in the dead-letter queue of the requests queue. */
export type DeadLetter = {
  /** Its sequence number, in decimal. */
  readonly number: string;
  readonly message: ServiceBusReceivedMessage;
  readonly read: RequestBody;
  /** Why it must not be sent again; absent where it may. */
  readonly obstacle?: string;
};

export function createDeadLetterReceiver({ client, requestsQueue }: Namespace): ServiceBusReceiver {
  return client.createReceiver(requestsQueue, { subQueueType: 'deadLetter', skipParsingBodyAsJson: true });
}

/** Everything in the dead-letter queue, each with what stands in the way of sending it again. */
export async function deadLetters(namespace: Namespace): Promise<DeadLetter[]> {
  const { client, requestsQueue, resultsQueue } = namespace;
  const dead = await Array.fromAsync(peekAll(createDeadLetterReceiver(namespace)));
  const waiting = await Array.fromAsync(peekAll(client.createReceiver(requestsQueue)));
  const answered = await Array.fromAsync(answers(client.createReceiver(resultsQueue)));
  const letters = dead.map((message) => ({
    number: String(message.sequenceNumber),
    message,
    read: readRequestBody(asBytes(message.body)),
  }));
  return letters.map((letter) => {
    const obstacle =
      expiry(letter) ?? ownAnswer(letter, answered) ?? laterRequest(letter, letters, waiting, answered);
    return { ...letter, ...(obstacle && { obstacle }) };
  });
}

function expiry({ read }: DeadLetter): string | undefined {
  const validUntil = read.request?.validUntil;
  return validUntil !== undefined && Date.parse(validUntil) <= Date.now()
    ? `it was valid until ${validUntil}`
    : undefined;
}

function ownAnswer({ message }: DeadLetter, answered: readonly Result[]): string | undefined {
  const answer = answered.find(({ messageId }) => messageId === message.messageId);
  return answer && `it was answered ${answer.outcome} at ${answer.completedAt}`;
}

/**
 * A later request for the same partner, on which this one would act backwards. Which came later is certain among
 * dead letters and for what waits in the queue, because a session is served in order. An answer counts as one to a
 * later request if it was given after this message was enqueued: too often rather than too rarely.
 */
function laterRequest(
  { message }: DeadLetter,
  letters: readonly DeadLetter[],
  waiting: readonly ServiceBusReceivedMessage[],
  answered: readonly Result[],
): string | undefined {
  const isOfSamePartner = (other: ServiceBusReceivedMessage) => other.sessionId === message.sessionId;
  const isLater = (other: ServiceBusReceivedMessage) =>
    message.sequenceNumber !== undefined &&
    other.sequenceNumber?.greaterThan(message.sequenceNumber) === true;

  const laterLetter = letters.find(
    (other) => other.read.request && isOfSamePartner(other.message) && isLater(other.message),
  );
  if (laterLetter) return `dead letter ${laterLetter.number} is a later request for the same partner`;

  const next = waiting.find((other) => other.state !== 'scheduled' && isOfSamePartner(other));
  if (next) return `the later request ${next.messageId} for the same partner waits in the queue`;

  const since = message.enqueuedTimeUtc?.getTime() ?? 0;
  const later = answered.find(
    (answer) =>
      answer.outcome !== 'rejected' &&
      partnerOf(answer) === message.sessionId &&
      Date.parse(answer.completedAt) > since,
  );
  return (
    later &&
    `the request ${later.messageId} for the same partner was ${later.outcome} at ${later.completedAt}`
  );
}
