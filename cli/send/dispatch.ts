import type { Namespace } from '../serviceBus/namespace.ts';
import { locate } from './locate.ts';
import type { OutgoingRequest } from './plan.ts';

/** What Service Bus did with a request. */
export type Dispatch = {
  /** Of a scheduled request: cancels it. In decimal. */
  readonly sequenceNumber?: string;
  /** Service Bus took it and dropped it, since its message id was used before. */
  readonly isDropped: boolean;
  /** Whether it was dropped could not be found out: that takes a role. */
  readonly isUncertain: boolean;
};

/** The number that some brokers give to a scheduled message that they drop. */
const NO_NUMBER = '0';

/**
 * Puts a request on the queue. Service Bus accepts a duplicate as it accepts any message and drops it, so whether the
 * request is there is looked up afterwards, if its message id may have been used before.
 */
export async function dispatch(namespace: Namespace, outgoing: OutgoingRequest): Promise<Dispatch> {
  const message = toMessage(outgoing);
  const sequenceNumber = outgoing.at ? await namespace.schedule(message, outgoing.at) : undefined;
  if (!outgoing.at) await namespace.send(message);

  const isNumbered = sequenceNumber !== NO_NUMBER;
  if (!outgoing.mayBeDuplicate && isNumbered) return found(sequenceNumber);
  const whereabouts = await locate(namespace, outgoing);
  switch (whereabouts.kind) {
    case 'queued':
      return found(outgoing.at && whereabouts.message.sequenceNumber);
    case 'nowhere':
      return { isDropped: true, isUncertain: false };
    case 'unknown':
      return { ...found(sequenceNumber), isDropped: !isNumbered, isUncertain: isNumbered };
    default:
      return found(sequenceNumber);
  }
}

function found(sequenceNumber: string | undefined): Dispatch {
  return { isDropped: false, isUncertain: false, ...(sequenceNumber !== undefined && { sequenceNumber }) };
}

function toMessage({ request, messageId, correlationId }: OutgoingRequest) {
  return {
    messageId,
    correlationId,
    sessionId: request.externalPartnerId.toLowerCase(),
    body: request,
    contentType: 'application/json',
  };
}
