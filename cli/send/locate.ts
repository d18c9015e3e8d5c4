import { setTimeout as sleep } from 'node:timers/promises';
import type { Result } from '../../shared/contract/resultSchema.ts';
import { type RequestMessage, readRequests } from '../requests/readRequests.ts';
import { readResults } from '../results/readResults.ts';
import type { Namespace } from '../serviceBus/namespace.ts';
import { isUnauthorized } from '../serviceBus/problem.ts';
import type { OutgoingRequest } from './plan.ts';

/** Where a request is that was handed to Service Bus. */
export type Whereabouts =
  | { readonly kind: 'queued'; readonly message: RequestMessage }
  | { readonly kind: 'completed'; readonly result: Result }
  | { readonly kind: 'deadLettered'; readonly sequenceNumber: string }
  | { readonly kind: 'nowhere' }
  /** The caller may send and not look. */
  | { readonly kind: 'unknown' };

/** A result takes a moment through the topic, when its request has left the queue already. */
const LOOKS = 5;
const PAUSE_MS = 400;

type Sent = Pick<OutgoingRequest, 'messageId' | 'correlationId'>;

/** Looks for a request on the queue, among the results and among the dead letters; takes none of them. */
export async function locate(namespace: Namespace, sent: Sent): Promise<Whereabouts> {
  try {
    for (let look = 1; look <= LOOKS; look++) {
      const found = await lookOnce(namespace, sent);
      if (found) return found;
      await sleep(PAUSE_MS);
    }
    return { kind: 'nowhere' };
  } catch (error) {
    if (isUnauthorized(error)) return { kind: 'unknown' };
    throw error;
  }
}

async function lookOnce(namespace: Namespace, sent: Sent): Promise<Whereabouts | undefined> {
  const isSent = ({ messageId, correlationId }: { messageId?: unknown; correlationId?: unknown }) =>
    messageId === sent.messageId && correlationId === sent.correlationId;

  const message = (await readRequests(namespace)).find(isSent);
  if (message) return { kind: 'queued', message };
  for await (const result of readResults(namespace)) {
    if (isSent(result)) return { kind: 'completed', result };
  }
  for await (const dead of namespace.peek(namespace.deadRequests)) {
    if (isSent(dead)) return { kind: 'deadLettered', sequenceNumber: String(dead.sequenceNumber) };
  }
  return undefined;
}
