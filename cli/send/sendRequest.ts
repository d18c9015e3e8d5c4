import type { Result } from '../../shared/contract/resultSchema.ts';
import { toSentence, UnreachableError } from '../command/errors.ts';
import { exitCodes } from '../command/exitCodes.ts';
import { describeResult } from '../results/describeResult.ts';
import { readResults } from '../results/readResults.ts';
import type { Namespace } from '../serviceBus/namespace.ts';
import { describeAbsence, describeDispatch, describeFailure, dispatchJson, uncertainty } from './describe.ts';
import { dispatch } from './dispatch.ts';
import { explainDrop, reportDrop } from './droppedRequest.ts';
import { locate, type Whereabouts } from './locate.ts';
import type { Output } from './output.ts';
import type { OutgoingRequest, SendPlan } from './plan.ts';
import { noteScheduledEnables } from './scheduledEnables.ts';
import { waitForResult } from './waitForResult.ts';

/** Sends or schedules one request, and waits for its result if the plan says so. Returns the exit code. */
export async function sendRequest(
  namespace: Namespace,
  { outgoing, waitMs }: SendPlan,
  output: Output,
): Promise<number> {
  const sent = await dispatch(namespace, outgoing).catch((error: unknown): never => {
    throw new UnreachableError(describeFailure(error, outgoing), { cause: error });
  });
  if (sent.isDropped)
    return reportDrop(outgoing, await explainDrop(namespace, outgoing, output, waitMs), output);
  if (sent.isUncertain) output.note(uncertainty(outgoing));
  const { externalPartnerId, enableConnection, validateOnly } = outgoing.request;
  if (!enableConnection && !validateOnly) await noteScheduledEnables(namespace, externalPartnerId, output);
  const line = describeDispatch(namespace, outgoing, sent, output);
  if (waitMs === undefined) {
    await output.result([line], dispatchJson(namespace, outgoing, sent));
    return exitCodes.done;
  }
  output.note(line);
  return awaitResult(namespace, outgoing, waitMs, output);
}

/** Waits for the result of this very send and prints it. Returns the exit code. */
async function awaitResult(
  namespace: Namespace,
  sent: OutgoingRequest,
  waitMs: number,
  output: Output,
): Promise<number> {
  const isOfThisSend = (result: Result) => result.correlationId === sent.correlationId;
  const inTime = await waitForResult(namespace, isOfThisSend, waitMs, sent.at);
  const whereabouts: Whereabouts = inTime
    ? { kind: 'completed', result: inTime }
    : await locate(namespace, sent);
  if (whereabouts.kind !== 'completed') {
    output.note(describeAbsence(whereabouts, sent, namespace));
    if (whereabouts.kind === 'unknown' && sent.mayBeDuplicate) await noteEarlier(namespace, sent, output);
    return exitCodes.noResult;
  }
  const { result } = whereabouts;
  await output.result([describeResult(result)], result);
  return exitCodes[result.outcome];
}

/** Without a look at the queue, an earlier result under the same message id is all that hints at a duplicate. */
async function noteEarlier(namespace: Namespace, sent: OutgoingRequest, output: Output): Promise<void> {
  const results = await Array.fromAsync(readResults(namespace)).catch(() => []);
  const earlier = results.findLast(({ messageId }) => messageId === sent.messageId);
  if (!earlier) return;
  output.note(
    `An earlier request under this message id ended at ${earlier.completedAt} as ${toSentence(describeResult(earlier))} This one may have been dropped as its duplicate.`,
  );
}
