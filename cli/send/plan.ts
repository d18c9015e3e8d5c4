import { randomUUID } from 'node:crypto';
import type { ConnectionRequest } from '../../shared/contract/requestSchema.ts';
import { readRequestBody } from '../../shared/receive/requestBody.ts';
import { UsageError } from '../command/errors.ts';
import type { SendValues } from './options.ts';
import { readTimes } from './times.ts';

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

const LONGEST_MESSAGE_ID = 128;
const END_SUFFIX = '-end';

/** @throws {UsageError} naming the option that is wrong and what to type instead */
export function planSend(
  enableConnection: boolean,
  externalPartnerId: string | undefined,
  values: SendValues,
): SendPlan {
  if (externalPartnerId === undefined) {
    throw new UsageError(
      'Which partner? Type the id of its cloudPcExternalPartner record; npm run partners lists them.',
    );
  }
  const { at, end, validUntil, waitMs } = readTimes(values);
  if (end && !enableConnection) throw new UsageError('--for and --until go with enable only.');
  const messageId = readMessageId(values['message-id'], end !== undefined);
  const body = {
    externalPartnerId,
    enableConnection,
    requestedBy: values['requested-by'] ?? process.env.USER ?? process.env.USERNAME,
    reference: values.reference,
    reason: values.reason,
    validUntil,
  };
  const common = { mayBeDuplicate: values['message-id'] !== undefined };
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

function readMessageId(messageId: string | undefined, isWindow: boolean): string {
  if (messageId === undefined) return randomUUID();
  const longest = LONGEST_MESSAGE_ID - (isWindow ? END_SUFFIX.length : 0);
  if (messageId.length < 1 || messageId.length > longest) {
    throw new UsageError(`--message-id takes 1 to ${longest} characters.`);
  }
  if (!survivesTheWorker(messageId)) {
    throw new UsageError(
      `--message-id ${messageId} would come back as another number; put letters in front of it.`,
    );
  }
  return messageId;
}

/** The Functions worker reads an id as JSON if it can: `1e3` comes back as 1000. */
function survivesTheWorker(messageId: string): boolean {
  try {
    const value: unknown = JSON.parse(messageId);
    return (typeof value === 'number' || typeof value === 'boolean') && String(value) === messageId;
  } catch {
    return true;
  }
}
