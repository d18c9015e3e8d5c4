import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceBusReceivedMessage, ServiceBusReceiver } from '@azure/service-bus';
import Long from 'long';

const PAGE = 100;
const PAUSE_MS = 250;

/**
 * The messages in a queue, oldest first, without taking or locking any: other readers rely on them.
 *
 * @param follow waits for further messages until it aborts; without it, this ends with what is there now
 */
export async function* peekAll(
  receiver: ServiceBusReceiver,
  follow?: AbortSignal,
): AsyncGenerator<ServiceBusReceivedMessage> {
  let fromSequenceNumber = Long.ZERO;
  while (!follow?.aborted) {
    const page = await receiver.peekMessages(PAGE, { fromSequenceNumber });
    yield* page;
    fromSequenceNumber = page.at(-1)?.sequenceNumber?.add(1) ?? fromSequenceNumber;
    if (page.length > 0) continue;
    if (!follow) return;
    await sleep(PAUSE_MS, undefined, { signal: follow }).catch(() => undefined);
  }
}
