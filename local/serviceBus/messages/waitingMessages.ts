import { Heap } from '../time/heap.ts';
import type { QueueMessage } from './queueMessage.ts';

/**
 * Messages that wait for delivery, in the order of their sequence numbers: a message that comes back is the next one
 * again. Removing one from the middle only marks it; the heap drops it when it surfaces.
 */
export class WaitingMessages {
  readonly #heap = new Heap<QueueMessage>((message) => message.sequenceNumber);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(message: QueueMessage): void {
    message.state = 'active';
    this.#heap.push(message);
    this.#size += 1;
  }

  /** Takes the first message out, for delivery. */
  takeFirst(): QueueMessage | undefined {
    for (let message = this.#heap.pop(); message !== undefined; message = this.#heap.pop()) {
      if (message.state !== 'active') continue;
      message.state = 'locked';
      this.#size -= 1;
      return message;
    }
    return undefined;
  }

  /** Removes a message that waits here, which leaves the queue. */
  remove(message: QueueMessage): void {
    message.state = 'removed';
    this.#size -= 1;
  }
}
