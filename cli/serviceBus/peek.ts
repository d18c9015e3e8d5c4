import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceBusReceivedMessage, ServiceBusReceiver } from '@azure/service-bus';
import Long from 'long';

const PAGE = 100;
const PAUSE_MS = 250;

/** One page of messages, from a sequence number on. */
type PeekPage = (fromSequenceNumber: Long) => Promise<ServiceBusReceivedMessage[]>;

/** How to peek at a receiver's messages page by page. */
export function pagesOf(receiver: ServiceBusReceiver): PeekPage {
  return (fromSequenceNumber) => receiver.peekMessages(PAGE, { fromSequenceNumber });
}

/**
 * Messages, oldest first, without taking or locking any: other readers rely on them.
 *
 * @param follow waits for further messages until it aborts; without it, this ends with what is there now
 */
export async function* peekAll(
  peekPage: PeekPage,
  follow?: AbortSignal,
): AsyncGenerator<ServiceBusReceivedMessage> {
  let from = Long.ZERO;
  while (!follow?.aborted) {
    const page = await peekPage(from);
    yield* page;
    from = page.at(-1)?.sequenceNumber?.add(1) ?? from;
    if (page.length > 0) continue;
    if (!follow) return;
    await sleep(PAUSE_MS, undefined, { signal: follow }).catch(() => undefined);
  }
}
