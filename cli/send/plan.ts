import { randomUUID } from 'node:crypto';
import type { ConnectionRequest } from '../../shared/contract/requestSchema.ts';
import { readRequestBody } from '../../shared/receive/requestBody.ts';
import { UsageError } from '../command/errors.ts';
import { checkLength, LONGEST_MESSAGE_ID } from './messageId.ts';
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
  readonly start: OutgoingRequest;
  /** The disable that ends a window. */
  readonly end?: OutgoingRequest & { readonly at: Date };
  /** How long to wait for the result of `start`; absent: not at all. */
  readonly waitMs?: number;
};

const END_SUFFIX = '-end';

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
  const { at, end, validUntil, waitMs } = readTimes(input);
  const messageId = input['message-id'] ?? randomUUID();
  if (end) checkLength(messageId, LONGEST_MESSAGE_ID - END_SUFFIX.length, '--message-id');
  const body = {
    externalPartnerId,
    enableConnection,
    requestedBy: input['requested-by'] ?? process.env.USER ?? process.env.USERNAME,
    reference,
    reason,
    validUntil: validUntil?.toISOString(),
  };
  const common = { mayBeDuplicate: input['message-id'] !== undefined };
  return {
    start: {
      ...common,
      request: checkRequest(body),
      messageId,
      correlationId: randomUUID(),
      ...(at && { at }),
    },
    ...(end && {
      end: {
        ...common,
        request: checkRequest({ ...body, enableConnection: false, validUntil: undefined }),
        messageId: `${messageId}${END_SUFFIX}`,
        correlationId: randomUUID(),
        at: end,
      },
    }),
    ...(waitMs !== undefined && { waitMs }),
  };
}

function checkRequest(body: object): ConnectionRequest {
  const read = readRequestBody(Buffer.from(JSON.stringify(body)));
  if (!read.request) throw new UsageError(read.problem);
  return read.request;
}
