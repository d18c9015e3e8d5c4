import type { Result } from '../../shared/contract/resultSchema.ts';
import type { AzureApi } from '../azure/callAzure.ts';
import { UnreachableError } from '../command/errors.ts';
import { describeDuration } from '../command/time.ts';
import { listPartners } from '../partners/listPartners.ts';
import { dispatch } from '../send/dispatch.ts';
import { planSend } from '../send/plan.ts';
import { waitForResult } from '../send/waitForResult.ts';
import type { Namespace } from '../serviceBus/namespace.ts';
import { isUnauthorized } from '../serviceBus/problem.ts';
import { type Check, type Finding, ok, skipped, unreachable, wrong } from './check.ts';

/** An app that runs on no instance has to be woken up first. */
const WAIT_MS = 3 * 60_000;

/**
 * Sends a request that changes nothing, for the state that the partner is in, and waits for its result.
 *
 * @param graph shows the partner to the caller
 */
export function probe(
  namespace: Namespace,
  graph: AzureApi,
  externalPartnerId: string,
  waitMs = WAIT_MS,
): Check {
  return {
    name: 'a request is applied',
    async run() {
      try {
        const partners = await listPartners(graph);
        const partner = partners.find(({ id }) => id.toLowerCase() === externalPartnerId.toLowerCase());
        if (!partner)
          return skipped(`Graph has no partner ${externalPartnerId}`, 'Pick one of npx epc partners.');
        return await sendAndWait(namespace, externalPartnerId, partner.enableConnection, waitMs);
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
  enableConnection: boolean,
  waitMs: number,
): Promise<Finding> {
  const { outgoing } = planSend({
    externalPartnerId,
    enableConnection,
    reference: 'npx epc doctor',
    reason: 'To see a request applied; it changes nothing',
    // So that it cannot undo what comes after it.
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
      `within ${describeDuration(performance.now() - sentAt)}; enableConnection still is ${partner?.enableConnection}`,
    );
  }
  const { code, message } = result.error;
  return wrong(`${result.outcome}, ${code}: ${message}`, 'See docs/troubleshooting.md.');
}
