import { UnreachableError } from '../command/errors.ts';
import { type RequestMessage, readRequests } from '../requests/readRequests.ts';
import type { Namespace } from '../serviceBus/namespace.ts';
import { isUnauthorized } from '../serviceBus/problem.ts';
import { formatTime } from '../terminal/time.ts';
import type { Output } from './output.ts';

/** The requests that are scheduled to enable one of these partners, given by their ids in lower case. */
export async function findScheduledEnables(
  namespace: Namespace,
  partners: ReadonlySet<string>,
): Promise<RequestMessage[]> {
  return (await readRequests(namespace)).filter(
    ({ state, sessionId, body: { request } }) =>
      state === 'scheduled' &&
      partners.has(sessionId) &&
      request?.enableConnection === true &&
      !request.validateOnly,
  );
}

/** `enable b354… (CHG1), scheduled for 2026-…`. */
export function describeScheduled({ sessionId, time, messageId, body }: RequestMessage): string {
  const key = body.request?.reference ?? messageId;
  return `enable ${sessionId} (${key}), scheduled for ${formatTime(time)}`;
}

/** Says what will enable a partner that is disabled now, as far as the caller may see it. */
export async function noteScheduledEnables(
  namespace: Namespace,
  externalPartnerId: string,
  { note, cancelCommand }: Output,
): Promise<void> {
  try {
    const partners = new Set([externalPartnerId.toLowerCase()]);
    for (const message of await findScheduledEnables(namespace, partners)) {
      const takeBack = cancelCommand(message.sequenceNumber);
      note(`This stays, and will be applied: ${describeScheduled(message)}. To take it back: ${takeBack}`);
    }
  } catch (error) {
    if (!isUnauthorized(error) && !(error instanceof UnreachableError)) throw error;
    const why = isUnauthorized(error)
      ? 'That takes the role Azure Service Bus Data Receiver on the queue.'
      : (error as Error).message;
    note(`Whether an enable is scheduled for this partner cannot be seen. ${why}`);
  }
}
