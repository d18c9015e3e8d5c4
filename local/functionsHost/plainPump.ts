import type { ServiceBusClient } from '@azure/service-bus';
import type { HandleMessage, Pump } from './sessionPump.ts';

/**
 * Takes messages from a queue without sessions, up to `maxConcurrentCalls` at once. The client renews locks and
 * finds its way back to the broker by itself.
 *
 * @param onTrouble called when the broker cannot be reached or refuses
 */
export function pumpMessages({
  client,
  queue,
  maxConcurrentCalls,
  maxAutoLockRenewalMs,
  handle,
  onTrouble,
}: {
  client: ServiceBusClient;
  queue: string;
  maxConcurrentCalls: number;
  maxAutoLockRenewalMs: number;
  handle: HandleMessage;
  onTrouble: (error: unknown) => void;
}): Pump {
  const receiver = client.createReceiver(queue, {
    maxAutoLockRenewalDurationInMs: maxAutoLockRenewalMs,
    skipParsingBodyAsJson: true,
    skipConvertingDate: true,
  });
  const inFlight = new Set<Promise<void>>();
  const subscription = receiver.subscribe(
    {
      processMessage: (message) => {
        const handled = handle(message, receiver).finally(() => inFlight.delete(handled));
        inFlight.add(handled);
        return handled;
      },
      processError: async ({ error }) => onTrouble(error),
    },
    { autoCompleteMessages: false, maxConcurrentCalls },
  );

  return {
    async stop() {
      await subscription.close().catch(() => {});
      while (inFlight.size > 0) await Promise.allSettled(inFlight);
      await receiver.close().catch(() => {});
    },
  };
}
