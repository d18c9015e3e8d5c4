import type { Result } from '../../shared/contract/resultSchema.ts';
import { openApi } from '../azure/callAzure.ts';
import type { InputOf } from '../command/definition.ts';
import { UnreachableError, UsageError } from '../command/errors.ts';
import { exitCodes } from '../command/exitCodes.ts';
import { findSources } from '../health/sources.ts';
import { listPartners } from '../partners/listPartners.ts';
import { requestJson } from '../requests/readRequests.ts';
import { describeResult, outcomeColours, requestOf } from '../results/describeResult.ts';
import { withNamespace } from '../serviceBus/connect.ts';
import type { Namespace } from '../serviceBus/namespace.ts';
import { findTarget } from '../serviceBus/target.ts';
import { hasConsent } from '../terminal/consent.ts';
import { note, type PatientPrinter, printPatiently } from '../terminal/print.ts';
import type { disable } from './commands.ts';
import { describeFailure, dispatchJson } from './describe.ts';
import { dispatch } from './dispatch.ts';
import { readPartnerIds } from './partnerIds.ts';
import { type OutgoingRequest, planSend } from './plan.ts';
import { describeScheduled, findScheduledEnables } from './scheduledEnables.ts';
import { waitForResults } from './waitForResult.ts';

type DisableInput = InputOf<typeof disable>;

/** Asks once, then disables many partners, and takes back what is scheduled to enable them. Returns the exit code. */
export async function disableMany(input: DisableInput): Promise<number> {
  for (const option of ['at', 'message-id'] as const) {
    if (input[option] !== undefined) throw new UsageError(`--${option} is for one partner; leave it out.`);
  }
  const ids = input.from === undefined ? await listIds(input) : await readPartnerIds(input.from);
  if (ids.length === 0) {
    note('There are no external partners.');
    return exitCodes.done;
  }
  const isDryRun = input['dry-run'];
  const { host } = findTarget(input.namespace);
  const partners = ids.length === 1 ? 'this partner' : `these ${ids.length} partners`;
  const question = `Disable ${partners} on ${host}, close their windows, and take back what is scheduled to enable them?`;
  if (!isDryRun && !(await hasConsent(question, input.yes))) {
    note('Nothing was sent.');
    return exitCodes.declined;
  }
  return withNamespace(input, async (namespace) => {
    const printer = printPatiently();
    const requests = ids.map((externalPartnerId) =>
      planSend({ ...input, externalPartnerId, enableConnection: false }),
    );
    const sent = await sendAll(
      namespace,
      requests.map(({ outgoing }) => outgoing),
      input,
      printer,
    );
    const isTakenBack = isDryRun || (await takeBackEnables(namespace, new Set(ids), sent, input, printer));
    const isAllDone = isTakenBack && sent.length >= ids.length;
    const waitMs = requests[0]?.waitMs;
    const code =
      waitMs === undefined ? exitCodes.done : await awaitAll(namespace, sent, waitMs, input, printer);
    printer.end();
    return isAllDone ? code : exitCodes.unreachable;
  });
}

async function listIds({ namespace, tenant, 'device-code': deviceCode }: DisableInput): Promise<string[]> {
  const { partnersGraph } = findSources(findTarget(namespace), { tenantId: tenant, deviceCode });
  try {
    return (await listPartners(openApi(partnersGraph))).map(({ id }) => id.toLowerCase());
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error;
    throw new UnreachableError(`${error.message} To name the partners yourself, use --from FILE.`, {
      cause: error,
    });
  }
}

/** Sends what can be sent; stops only if nothing can. Returns what was sent. */
async function sendAll(
  namespace: Namespace,
  requests: readonly OutgoingRequest[],
  { json, wait }: DisableInput,
  { print, printJson }: PatientPrinter,
): Promise<OutgoingRequest[]> {
  const sent: OutgoingRequest[] = [];
  for (const outgoing of requests) {
    const { externalPartnerId } = outgoing.request;
    try {
      const done = await dispatch(namespace, outgoing);
      sent.push(outgoing);
      if (!json) await print(`Sent: disable ${externalPartnerId} (${outgoing.messageId}).`);
      else if (wait === undefined) {
        await printJson({ externalPartnerId, ...dispatchJson(namespace, outgoing, done) });
      }
    } catch (error) {
      if (!(error instanceof UnreachableError)) throw error;
      const problem = describeFailure(error, outgoing);
      if (sent.length === 0) throw new UnreachableError(problem, { cause: error });
      note({ text: `Not sent: disable ${externalPartnerId}: ${problem}`, style: 'red' });
    }
  }
  return sent;
}

/** Returns whether none is left, as far as can be seen. What it sends is added to `sent`. */
async function takeBackEnables(
  namespace: Namespace,
  partners: ReadonlySet<string>,
  sent: OutgoingRequest[],
  input: DisableInput,
  printer: PatientPrinter,
): Promise<boolean> {
  const scheduled = await findScheduledEnables(namespace, partners).catch((error: unknown) => {
    if (!(error instanceof UnreachableError)) throw error;
    note(`What is scheduled to enable them cannot be seen, and stays. ${error.message}`);
    return [];
  });
  let isAll = true;
  const isDue: string[] = [];
  for (const message of scheduled) {
    try {
      const isTakenBack = await namespace.cancel(message.sequenceNumber);
      if (!isTakenBack) isDue.push(message.sessionId);
      else if (input.json) await printer.printJson({ takenBack: requestJson(message) });
      else await printer.print(`Taken back: ${describeScheduled(message)}.`);
    } catch (error) {
      if (!(error instanceof UnreachableError)) throw error;
      isAll = false;
      const { sequenceNumber } = message;
      note({
        text: `Not taken back: ${describeScheduled(message)}, number ${sequenceNumber}: ${error.message}`,
        style: 'red',
      });
    }
  }
  // Their time came in between: they are behind the disable that was sent, so another goes behind them.
  const again = isDue.map((id) => planSend({ ...input, externalPartnerId: id, enableConnection: false }));
  const sentAgain = await sendAll(
    namespace,
    again.map(({ outgoing }) => outgoing),
    input,
    printer,
  );
  sent.push(...sentAgain);
  return isAll && sentAgain.length === again.length;
}

/** Prints the result of each. Returns the exit code of the worst. */
async function awaitAll(
  namespace: Namespace,
  sent: readonly OutgoingRequest[],
  waitMs: number,
  { json }: DisableInput,
  { print, printJson }: PatientPrinter,
): Promise<number> {
  const wanted = new Set(sent.map(({ correlationId }) => correlationId));
  const isWanted = ({ correlationId = '' }: Result) => wanted.has(correlationId);
  const results = await waitForResults(namespace, isWanted, { count: wanted.size, waitMs }, (result) =>
    json
      ? printJson(result)
      : print([
          `${requestOf(result).externalPartnerId}  `,
          { text: describeResult(result), style: outcomeColours[result.outcome] },
        ]),
  );
  const seen = new Set(results.map(({ correlationId }) => correlationId));
  for (const { correlationId, request } of sent) {
    if (!seen.has(correlationId)) note(`${request.externalPartnerId}  no result yet`);
  }
  const codes = results.map(({ outcome }) => exitCodes[outcome]);
  return Math.max(...codes, results.length < wanted.size ? exitCodes.noResult : exitCodes.done);
}
