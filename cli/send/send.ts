import type { InputOf } from '../command/definition.ts';
import { UsageError } from '../command/errors.ts';
import { withNamespace } from '../serviceBus/connect.ts';
import { findTarget } from '../serviceBus/target.ts';
import { describeWindow, openWindowsOf } from '../windows/openWindows.ts';
import { type disable, type enable, WHICH_PARTNER } from './commands.ts';
import { disableMany } from './disableMany.ts';
import { createOutput, type Output } from './output.ts';
import { planSend, type SendPlan } from './plan.ts';
import { sendRequest } from './sendRequest.ts';

type DisableInput = InputOf<typeof disable>;
type EnableInput = InputOf<typeof enable>;

export async function sendEnable(input: EnableInput): Promise<number> {
  return send(true, input);
}

export async function sendDisable(input: DisableInput): Promise<number> {
  const { externalPartnerId, all, from, yes } = input;
  const given = [externalPartnerId !== undefined, all, from !== undefined].filter(Boolean).length;
  if (given > 1) throw new UsageError('PARTNER_ID, --all and --from name the partners; give one of them.');
  if (externalPartnerId === undefined) {
    if (given === 1) return disableMany(input);
    throw new UsageError(`${WHICH_PARTNER} Or pass --all or --from FILE.`);
  }
  if (yes) throw new UsageError('--yes is for --all and --from; one partner is disabled without a question.');
  return send(false, { ...input, externalPartnerId });
}

async function send(
  enableConnection: boolean,
  input: EnableInput | (DisableInput & { readonly externalPartnerId: string }),
): Promise<number> {
  const plan = planSend({ enableConnection, ...input });
  const output = createOutput(input);
  await noteWindowsToClose(plan, input.namespace, output);
  return withNamespace(input, (namespace) => sendRequest(namespace, plan, output));
}

/** Says which windows an enable without an end closes, as far as the caller may see them. */
async function noteWindowsToClose(
  { outgoing: { request, at } }: SendPlan,
  namespace: string | undefined,
  { note }: Output,
): Promise<void> {
  const { enableConnection, until, validateOnly, externalPartnerId } = request;
  if (!enableConnection || until !== undefined || validateOnly || at) return;
  for (const window of await openWindowsOf(findTarget(namespace), externalPartnerId)) {
    note(`This closes the window ${describeWindow(window)}: the partner stays enabled after it.`);
  }
}
