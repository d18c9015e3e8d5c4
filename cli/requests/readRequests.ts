import type { ServiceBusReceivedMessage } from '@azure/service-bus';
import type { ConnectionRequest } from '../../shared/contract/requestSchema.ts';
import { sanitize } from '../../shared/kit/sanitize.ts';
import { asBytes } from '../../shared/receive/message.ts';
import { type RequestBody, readRequestBody } from '../../shared/receive/requestBody.ts';
import type { Namespace } from '../serviceBus/namespace.ts';

/** A request on the requests queue, or in its dead-letter queue. */
export type RequestMessage = {
  /** In decimal. */
  readonly sequenceNumber: string;
  readonly messageId: string;
  readonly correlationId?: string;
  /** Groups the requests of one partner; the partner's id in lower case, if the sender kept to the contract. */
  readonly sessionId: string;
  /** `first`: the app tries it now, if it runs. `waiting`: behind another request of its partner. */
  readonly state: 'first' | 'waiting' | 'scheduled';
  /** When it joined the queue; for a scheduled one, when it will. */
  readonly time?: Date;
  /** Deliveries that ended without an outcome. */
  readonly deliveryCount: number;
  readonly body: RequestBody;
};

/** What is on the requests queue, oldest first. Takes and locks nothing. */
export async function readRequests({ peek, requests }: Namespace): Promise<RequestMessage[]> {
  const served = new Set<string>();
  const found: RequestMessage[] = [];
  for await (const message of peek(requests)) {
    const { sessionId = '' } = message;
    const state = isScheduled(message) ? 'scheduled' : served.has(sessionId) ? 'waiting' : 'first';
    if (state === 'first') served.add(sessionId);
    found.push(toRequestMessage(message, state));
  }
  return found;
}

/** Whether it waits for its time: a message that has waited for it still says that it is scheduled. */
function isScheduled({ state, scheduledEnqueueTimeUtc }: ServiceBusReceivedMessage): boolean {
  return (
    state === 'scheduled' && !(scheduledEnqueueTimeUtc && scheduledEnqueueTimeUtc.getTime() <= Date.now())
  );
}

export function toRequestMessage(
  message: ServiceBusReceivedMessage,
  state: RequestMessage['state'],
): RequestMessage {
  const { sequenceNumber, messageId, correlationId, sessionId = '', deliveryCount = 0 } = message;
  const time = state === 'scheduled' ? message.scheduledEnqueueTimeUtc : message.enqueuedTimeUtc;
  return {
    sequenceNumber: String(sequenceNumber),
    messageId: String(messageId),
    ...(correlationId !== undefined && { correlationId: String(correlationId) }),
    sessionId,
    state,
    ...(time && { time }),
    deliveryCount,
    body: readRequestBody(asBytes(message.body)),
  };
}

/** A request for a program. */
export function requestJson({ body, time, ...message }: RequestMessage): object {
  return { ...message, time: time?.toISOString(), request: body.received };
}

/** What a request asks for: `enable b354…`, or why it is invalid. */
export function describeRequest({ body }: Pick<RequestMessage, 'body'>): string {
  if (!body.request) return `an invalid request (${sanitize(body.problem)})`;
  return `${kindOf(body.request)} ${body.request.externalPartnerId.toLowerCase()}`;
}

/** What a request is for, in a word or two. */
export function kindOf({ enableConnection, validateOnly, endOf }: ConnectionRequest): string {
  const action = actionOf(enableConnection);
  if (endOf !== undefined) return 'end of window';
  return validateOnly ? `check ${action}` : action;
}

export function actionOf(enableConnection: boolean): 'enable' | 'disable' {
  return enableConnection ? 'enable' : 'disable';
}
