import { Heap } from './heap.ts';
import type { QueueMessage } from './queueMessage.ts';

/**
 * Messages waiting for delivery, in the order of their sequence numbers: a message that comes back is the next one
 * again. Taking one out of the middle only marks it; the heap drops it when it surfaces.
 */
export class Line {
  readonly #heap = new Heap<QueueMessage>((message) => message.sequenceNumber);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(message: QueueMessage): void {
    this.#heap.push(message);
    this.#size += 1;
  }

  /** Takes the first message out. */
  shift(): QueueMessage | undefined {
    for (let message = this.#heap.pop(); message !== undefined; message = this.#heap.pop()) {
      if (message.state !== 'active') continue;
      this.#size -= 1;
      return message;
    }
    return undefined;
  }

  /** Notes that one of the messages here is no longer active. */
  forgetOne(): void {
    this.#size -= 1;
  }
}
