import type { ServiceBusReceivedMessage } from '@azure/service-bus';
import type { DeadLetterSource } from '../serviceBus/namespace.ts';

const PAGE = 100;
/** How long the first message may take to come; the others are there by then. */
const WAIT_MS = 10_000;

/**
 * Locks messages in a dead-letter queue and hands each of the wanted ones over, which is then completed. Gives back
 * those that are in front of them.
 *
 * @param sequenceNumbers of the wanted messages, in decimal
 * @returns the sequence numbers that were not there, or that somebody else has locked
 */
export async function takeDeadLetters(
  { createReceiver }: DeadLetterSource,
  sequenceNumbers: readonly string[],
  handle: (message: ServiceBusReceivedMessage) => Promise<void>,
): Promise<string[]> {
  const receiver = createReceiver();
  const wanted = new Set(sequenceNumbers);
  const seen = new Set<string>();
  const inFront: ServiceBusReceivedMessage[] = [];
  try {
    while (wanted.size > 0) {
      const page = await receiver.receiveMessages(PAGE, { maxWaitTimeInMs: WAIT_MS });
      const numbered = page.map((message) => ({ message, number: String(message.sequenceNumber) }));
      inFront.push(...page);
      // A lock that ran out would make this go round in circles.
      if (numbered.every(({ number }) => seen.has(number))) break;
      for (const { message, number } of numbered) {
        seen.add(number);
        if (!wanted.has(number)) continue;
        await handle(message);
        await receiver.completeMessage(message);
        inFront.splice(inFront.indexOf(message), 1);
        wanted.delete(number);
      }
    }
    return [...wanted];
  } finally {
    // One whose lock ran out is back already.
    for (const message of inFront) await receiver.abandonMessage(message).catch(() => undefined);
  }
}
