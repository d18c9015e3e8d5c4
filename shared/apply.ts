import { randomUUID } from 'node:crypto';
import type { Graph, GraphCall } from './graph.ts';
import type { Message } from './message.ts';
import { type Outcome, type OutcomeError, rejected } from './outcome.ts';
import type { ConnectionRequest } from './request.ts';
import type { Attempt, Retry } from './retry.ts';
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
  maxDeliveryCount,
  allowedExternalPartnerIds,
}: {
  graph: Graph;
  retry: Retry;
  takeTurn: TakeTurn;
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

    const attempt = async (request: ConnectionRequest): Promise<Attempt<Outcome>> => {
      attempts++;
      const noToken = await graph.authorize();
      if (isExpired(request)) return { settled: expired(request) };
      if (noToken) return { tryAgain: noToken };
      const { answer, call } = await graph.setEnableConnection(request, clientRequestId);
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

    const giveUp = (error: OutcomeError): Outcome | Redelivery => ({
      outcome: message.deliveryCount >= maxDeliveryCount ? 'failed' : 'redelivery',
      error,
    });

    const end = await settle().catch((error: Error) =>
      error instanceof SupersededError
        ? ({ outcome: 'redelivery', error: { code: 'superseded', message: error.message } } as const)
        : giveUp({ code: 'internalError', message: presentable(`This app failed unexpectedly: ${error}`) }),
    );
    return { ...end, message, calls, attempts, clientRequestId, startedAt, completedAt: Date.now() };
  };
}

function isExpired({ validUntil }: ConnectionRequest): boolean {
  return validUntil !== undefined && Date.now() >= Date.parse(validUntil);
}

function expired({ validUntil }: ConnectionRequest): Outcome {
  return rejected('expired', `The request was valid until ${validUntil}; send it again if it still holds.`);
}
