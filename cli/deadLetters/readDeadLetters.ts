import type { ServiceBusReceivedMessage } from '@azure/service-bus';
import type { Result } from '../../shared/contract/resultSchema.ts';
import { type RequestMessage, readRequests, toRequestMessage } from '../requests/readRequests.ts';
import { parseResult, readResults } from '../results/readResults.ts';
import type { DeadLetterSource, Namespace } from '../serviceBus/namespace.ts';
import { isMissing, isUnauthorized } from '../serviceBus/problem.ts';
import { findObstacle, findWrongBody } from './obstacle.ts';

/** A message in a dead-letter queue: of the requests queue, or of a subscription to the results. */
export type DeadLetter = {
  /** What a person types: the sequence number, for a result behind the subscription's name (`tickets/17`). */
  readonly id: string;
  readonly source: DeadLetterSource;
  readonly message: ServiceBusReceivedMessage;
  /** What is in a dead-letter queue of requests. */
  readonly request?: RequestMessage;
  /** What is in a dead-letter queue of results, if it can be read. */
  readonly result?: Result;
  /** Why it must not be sent again; absent if it may be. */
  readonly obstacle?: string;
};

/**
 * Everything in the dead-letter queues, each with what stands in the way of sending it again.
 *
 * @param subscriptions to results, by name
 * @param onSkipped called with why a subscription was not looked at
 */
export async function readDeadLetters(
  namespace: Namespace,
  subscriptions: readonly string[],
  onSkipped: (reason: string) => void,
): Promise<DeadLetter[]> {
  const letters = await readDeadRequests(namespace);
  for (const subscription of new Set(subscriptions)) {
    letters.push(...(await readDeadResults(namespace, namespace.deadResults(subscription), onSkipped)));
  }
  return letters;
}

async function readDeadRequests(namespace: Namespace): Promise<DeadLetter[]> {
  const { deadRequests } = namespace;
  const messages = await Array.fromAsync(namespace.peek(deadRequests));
  if (messages.length === 0) return [];
  const dead = messages.map((message) => ({ message, request: toRequestMessage(message, 'waiting') }));
  const others = {
    dead: dead.map(({ request }) => request),
    queued: await readRequests(namespace),
    results: await Array.fromAsync(readResults(namespace)),
  };
  return dead.map(({ message, request }) => {
    const obstacle = findObstacle(message, request, others);
    return {
      id: request.sequenceNumber,
      source: deadRequests,
      message,
      request,
      ...(obstacle !== undefined && { obstacle }),
    };
  });
}

async function readDeadResults(
  namespace: Namespace,
  source: DeadLetterSource,
  onSkipped: (reason: string) => void,
): Promise<DeadLetter[]> {
  try {
    const messages = await Array.fromAsync(namespace.peek(source));
    return messages.map((message) => {
      const result = parseResult(message.body);
      const obstacle = findWrongBody(message) ?? (result ? undefined : 'it is not a result');
      return {
        id: `${source.name}/${message.sequenceNumber}`,
        source,
        message,
        ...(result && { result }),
        ...(obstacle !== undefined && { obstacle }),
      };
    });
  } catch (error) {
    if (!isMissing(error) && !isUnauthorized(error)) throw error;
    onSkipped(
      isMissing(error)
        ? `There is no subscription ${source.name}.`
        : `The subscription ${source.name} cannot be looked at: that takes the role Azure Service Bus Data Receiver.`,
    );
    return [];
  }
}
