import type { Result } from '../../shared/contract/resultSchema.ts';
import { UnreachableError } from '../command/errors.ts';
import { describeDuration } from '../command/time.ts';
import { dispatch } from '../send/dispatch.ts';
import { planSend } from '../send/plan.ts';
import { waitForResult } from '../send/waitForResult.ts';
import type { Namespace } from '../serviceBus/namespace.ts';
import { isUnauthorized } from '../serviceBus/problem.ts';
import { type Check, type Finding, ok, skipped, unreachable, wrong } from './check.ts';

/** An app that runs on no instance has to be woken up first. */
const WAIT_MS = 3 * 60_000;

/** Sends a request that the app only checks, and waits for its result. */
export function probe(namespace: Namespace, externalPartnerId: string, waitMs = WAIT_MS): Check {
  return {
    name: 'a request gets its result',
    async run() {
      try {
        return await sendAndWait(namespace, externalPartnerId, waitMs);
      } catch (error) {
        if (isUnauthorized(error)) {
          return skipped('it takes the right to send requests and to read results', 'See above.');
        }
        if (error instanceof UnreachableError) return unreachable(error);
        throw error;
      }
    },
  };
}

async function sendAndWait(
  namespace: Namespace,
  externalPartnerId: string,
  waitMs: number,
): Promise<Finding> {
  const { outgoing } = planSend({
    externalPartnerId,
    // What no freeze and no rule about ends refuses.
    enableConnection: false,
    'dry-run': true,
    reference: 'npx epc doctor',
    reason: 'To see a request through; it changes nothing',
    'valid-until': new Date(Date.now() + waitMs),
  });
  const sentAt = performance.now();
  await dispatch(namespace, outgoing);
  const isOfThisSend = ({ correlationId }: Result) => correlationId === outgoing.correlationId;
  const result = await waitForResult(namespace, isOfThisSend, waitMs);
  if (!result) {
    return wrong(
      `no result within ${describeDuration(waitMs)}`,
      "Does the app run, and can its identity receive? Look at the app's log.",
    );
  }
  if (result.outcome === 'applied' || result.outcome === 'unchanged') {
    const { partner } = result;
    return ok(
      `within ${describeDuration(performance.now() - sentAt)}; enableConnection is ${partner?.enableConnection}, as before`,
    );
  }
  const { code, message, statusCode } = result.error;
  const seen = `${result.outcome}, ${code}: ${message}`;
  if (code === 'policy') {
    return skipped(seen, 'The app works so far; its policy refuses the probe before Graph is asked.');
  }
  if (statusCode === 404) return skipped(seen, 'Pick one of npx epc partners.');
  return wrong(seen, 'See docs/troubleshooting.md.');
}
