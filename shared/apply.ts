import { randomUUID } from 'node:crypto';
import type { Graph, GraphCall } from './graph.ts';
import type { Message } from './message.ts';
import { type Outcome, type OutcomeError, rejected } from './outcome.ts';
import type { ConnectionRequest } from './request.ts';
import type { Attempt, Retry } from './retry.ts';
import type { SettledRequests } from './settled.ts';
import { presentable } from './text.ts';
import { SupersededError, type TakeTurn } from './turns.ts';

/** What this delivery of a message came to. */
export type Result = (Outcome | Redelivery) & {
  readonly message: Message;
  /** Every PATCH of this delivery, in order. */
  readonly calls: readonly GraphCall[];
  /** How often it was tried in this delivery, tries that got no token included. */
  readonly attempts: number;
  /** The `client-request-id` of every call, which Graph's audit events carry. */
  readonly clientRequestId: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly completedAt: number;
};

/** Not settled yet, and deliveries are left: the broker is to deliver the message again. */
export type Redelivery = { readonly outcome: 'redelivery'; readonly error: OutcomeError };

/**
 * Brings a message to its outcome. Whatever goes wrong on the way becomes an outcome as well: nothing is thrown,
 * so that the last delivery always has an answer.
 */
export function createApply({
  graph,
  retry,
  takeTurn,
  settledRequests,
  maxDeliveryCount,
  allowedExternalPartnerIds,
}: {
  graph: Graph;
  retry: Retry;
  takeTurn: TakeTurn;
  settledRequests: SettledRequests;
  /** The request queue's own `maxDeliveryCount`. */
  maxDeliveryCount: number;
  /** Lower-case record ids; absent: every partner is allowed. */
  allowedExternalPartnerIds?: ReadonlySet<string> | undefined;
}): (message: Message) => Promise<Result> {
  return async (message) => {
    const startedAt = Date.now();
    const clientRequestId = randomUUID();
    const calls: GraphCall[] = [];
    let attempts = 0;

    const settled = await settledRequests.find(message);
    if (settled) {
      const { outcome, completedAt } = settled;
      return { ...outcome, message, calls, attempts, clientRequestId, startedAt, completedAt };
    }

    const attempt = async (request: ConnectionRequest): Promise<Attempt<Outcome>> => {
      attempts++;
      const authorized = await graph.authorize();
      if (isExpired(request)) return { settled: expired(request) };
      if ('noToken' in authorized) return { tryAgain: authorized.noToken };
      const { answer, call } = await graph.setEnableConnection(request, authorized.token, clientRequestId);
      calls.push(call);
      return answer;
    };

    const settle = async (): Promise<Outcome | Redelivery> => {
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
      const end = await takeTurn(externalPartnerId, (signal) =>
        retry(externalPartnerId, () => attempt(request), signal),
      );
      return 'settled' in end ? end.settled : giveUp(end.gaveUp);
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

    const giveUp = (error: OutcomeError): Outcome | Redelivery => ({
      outcome: message.deliveryCount >= maxDeliveryCount ? 'failed' : 'redelivery',
      error,
    });

    const end = await settle().catch((error: Error) =>
      giveUp(
        error instanceof SupersededError
          ? { code: 'superseded', message: error.message }
          : { code: 'internalError', message: presentable(`This app failed unexpectedly: ${error}`) },
      ),
    );
    const completedAt = Date.now();
    if (end.outcome !== 'redelivery') settledRequests.keep(message, { outcome: end, completedAt });
    return { ...end, message, calls, attempts, clientRequestId, startedAt, completedAt };
  };
}
