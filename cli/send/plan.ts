import { randomUUID } from 'node:crypto';
import type { ConnectionRequest } from '../../shared/contract/requestSchema.ts';
import { readRequestBody } from '../../shared/receive/requestBody.ts';
import { UsageError } from '../command/errors.ts';
import { readTimes, type Times } from './times.ts';

/** A request on its way to the queue. */
export type OutgoingRequest = {
  readonly request: ConnectionRequest;
  readonly messageId: string;
  /** Comes back in the result: it tells this send from others under the same message id. */
  readonly correlationId: string;
  /** Absent: at once. */
  readonly at?: Date;
  /** Whether somebody may have used the message id before. */
  readonly mayBeDuplicate: boolean;
};

/** What `enable` or `disable` is to do. */
export type SendPlan = {
  readonly outgoing: OutgoingRequest;
  /** How long to wait for the result; absent: not at all. */
  readonly waitMs?: number;
};

/** What was typed of a request. */
export type PlanInput = Times & {
  readonly externalPartnerId: string;
  readonly enableConnection: boolean;
  readonly reference?: string | undefined;
  readonly reason?: string | undefined;
  readonly 'requested-by'?: string | undefined;
  readonly 'message-id'?: string | undefined;
};

/** @throws {UsageError} naming the option that is wrong and what to type instead */
export function planSend(input: PlanInput): SendPlan {
  const { externalPartnerId, enableConnection, reference, reason } = input;
  const { at, until, validUntil, waitMs } = readTimes(input);
  const body = {
    externalPartnerId,
    enableConnection,
    requestedBy: input['requested-by'] ?? process.env.USER ?? process.env.USERNAME,
    reference,
    reason,
    validUntil: validUntil?.toISOString(),
    until: until?.toISOString(),
    ...(input['dry-run'] && { validateOnly: true }),
  };
  return {
    outgoing: {
      request: checkRequest(body),
      messageId: input['message-id'] ?? randomUUID(),
      correlationId: randomUUID(),
      ...(at && { at }),
      mayBeDuplicate: input['message-id'] !== undefined,
    },
    ...(waitMs !== undefined && { waitMs }),
  };
}

function checkRequest(body: object): ConnectionRequest {
  const read = readRequestBody(Buffer.from(JSON.stringify(body)));
  if (!read.request) throw new UsageError(read.problem);
  return read.request;
}
