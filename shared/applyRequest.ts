import { randomUUID } from 'node:crypto';
import type { CompletedRequests, Settled } from './completedRequests.ts';
import type { Graph, GraphCall } from './graph.ts';
import type { Message } from './message.ts';
import { type Outcome, type OutcomeError, rejected } from './outcome.ts';
import { type PreemptiveMutex, SupersededError } from './preemptiveMutex.ts';
import type { ConnectionRequest } from './request.ts';
import type { Attempt, Retry } from './retry.ts';
import { sanitize } from './sanitize.ts';

/** What this delivery of a message came to; one that repeats an answer says how it came about. */
export type DeliveryReport = Ended & {
  readonly message: Message;
  /** Every PATCH of this delivery, in order. */
  readonly calls: readonly GraphCall[];
};

/**
 * How a delivery ended: its outcome, how often it was tried (tries that got no token included), the
 * `client-request-id` of every call, which Graph's audit events carry, and when it began and ended.
 */
type Ended =
  | Settled
  | (Redelivery & Pick<Settled, 'attempts' | 'clientRequestId' | 'startedAt' | 'completedAt'>);

/** Not settled yet, and deliveries are left: the broker is to deliver the message again. */
export type Redelivery = { readonly outcome: 'redelivery'; readonly error: OutcomeError };

/**
 * Brings a message to its outcome. Whatever goes wrong on the way becomes an outcome as well: nothing is thrown,
 * so that the last try always has an answer. A third of the deliveries is left for that answer to get through.
 */
export function createApplyRequest({
  graph,
  retry,
  takeTurn,
  settledRequests,
  maxDeliveryCount,
  allowedExternalPartnerIds,
}: {
  graph: Graph;
  retry: Retry;
  takeTurn: PreemptiveMutex;
  settledRequests: CompletedRequests;
  /** The request queue's own `maxDeliveryCount`. */
  maxDeliveryCount: number;
  /** Lower-case record ids; absent: every partner is allowed. */
  allowedExternalPartnerIds?: ReadonlySet<string> | undefined;
}): (message: Message) => Promise<DeliveryReport> {
  const lastTry = maxDeliveryCount - Math.floor(maxDeliveryCount / 3);

  return async (message) => {
    const startedAt = Date.now();
    const clientRequestId = randomUUID();
    const calls: GraphCall[] = [];
    let attempts = 0;

    const deliver = async (signal: AbortSignal): Promise<Ended> => {
      const known = await settledRequests.find(message, signal);
      if (known) return known;
      const ended = end(await settle(signal));
      if (ended.outcome !== 'redelivery') settledRequests.keep(message, ended);
      return ended;
    };

    const end = (outcome: Outcome | Redelivery): Ended => {
      return { ...outcome, attempts, clientRequestId, startedAt, completedAt: Date.now() };
    };

    const settle = async (signal: AbortSignal): Promise<Outcome | Redelivery> => {
      const { request } = message;
      if (!request) return rejected('invalidRequest', message.problem);
      const externalPartnerId = request.externalPartnerId.toLowerCase();
      if (message.sessionId !== externalPartnerId) {
        const problem = `SessionId is not the externalPartnerId in lower case; send SessionId ${externalPartnerId}.`;
        return rejected('sessionIdMismatch', problem);
      }
      if (allowedExternalPartnerIds && !allowedExternalPartnerIds.has(externalPartnerId)) {
        const problem = `externalPartnerId ${externalPartnerId} is not among the partners that this app may change.`;
        return rejected('notAllowed', problem);
      }
      if (isExpired(request)) return expired(request);
      const retried = await retry(externalPartnerId, () => attempt(request, signal), signal);
      return 'settled' in retried ? retried.settled : giveUp(retried.gaveUp, lastTry);
    };

    const attempt = async (request: ConnectionRequest, signal: AbortSignal): Promise<Attempt<Outcome>> => {
      attempts++;
      const authorized = await graph.authorize();
      signal.throwIfAborted();
      if (isExpired(request)) return { settled: expired(request) };
      if ('noToken' in authorized) return { tryAgain: authorized.noToken };
      const { answer, call } = await graph.setEnableConnection(request, authorized.token, clientRequestId);
      calls.push(call);
      return answer;
    };

    const isExpired = ({ validUntil }: ConnectionRequest) =>
      validUntil !== undefined && Date.now() >= Date.parse(validUntil);

    const expired = ({ validUntil }: ConnectionRequest): Outcome => {
      const isUncertain = calls.length > 0 || message.deliveryCount > 1;
      const advice = isUncertain
        ? 'an earlier try got no clear answer and may have been applied, so look at the partner first'
        : 'send it again if it still holds';
      return rejected('expired', `The request was valid until ${validUntil}; ${advice}.`);
    };

    const giveUp = (error: OutcomeError, after: number): Outcome | Redelivery => ({
      outcome: message.deliveryCount >= after ? 'failed' : 'redelivery',
      error,
    });

    const ended = await takeTurn(message.sessionId, deliver).catch((error: Error) => {
      // Whoever took over goes on with this message, unless the broker has given it up.
      if (error instanceof SupersededError) {
        return end(giveUp({ code: 'superseded', message: error.message }, maxDeliveryCount));
      }
      const problem = sanitize(`This app failed unexpectedly: ${error}`);
      return end(giveUp({ code: 'internalError', message: problem }, lastTry));
    });
    return { ...ended, message, calls };
  };
}
