import type { ServerResponse } from 'node:http';
import type { Consumer } from '../delivery/consumer.ts';
import type { Queue } from '../entities/queue.ts';
import type { MessageLock } from '../messages/messageLocks.ts';
import type { QueueMessage } from '../messages/queueMessage.ts';
import type { Schedule } from '../time/schedule.ts';

export type Received = { readonly message: QueueMessage; readonly lock: MessageLock | undefined };

/** The next message; undefined once the time is over or the client has gone. Rejects if the queue ends it. */
export function receiveOne({
  queue,
  receiveMode,
  timeoutMs,
  schedule,
  response,
}: {
  queue: Queue;
  receiveMode: Consumer['receiveMode'];
  timeoutMs: number;
  schedule: Schedule;
  response: ServerResponse;
}): Promise<Received | undefined> {
  return new Promise((resolve, reject) => {
    const stopWaiting = () => {
      timeout.cancel();
      response.off('close', giveUp);
      queue.stopDelivery(consumer);
    };
    const giveUp = () => {
      stopWaiting();
      resolve(undefined);
    };
    const timeout = schedule.at(schedule.now() + timeoutMs, giveUp);
    response.once('close', giveUp);
    const consumer: Consumer = {
      receiveMode,
      deliver(message, lock) {
        stopWaiting();
        resolve({ message, lock });
        return false;
      },
      detach(reason) {
        stopWaiting();
        reject(reason);
      },
    };
    queue.startDelivery(consumer);
  });
}
