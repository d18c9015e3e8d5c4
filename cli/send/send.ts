import type { InputOf } from '../command/definition.ts';
import { withNamespace } from '../serviceBus/connect.ts';
import type { disable, enable } from './commands.ts';
import { createOutput } from './output.ts';
import { planSend } from './plan.ts';
import { sendRequest } from './sendRequest.ts';

type DisableInput = InputOf<typeof disable>;
type EnableInput = InputOf<typeof enable>;

export async function sendEnable(input: EnableInput): Promise<number> {
  return send(true, input);
}

export async function sendDisable(input: DisableInput): Promise<number> {
  return send(false, input);
}

async function send(enableConnection: boolean, input: EnableInput | DisableInput): Promise<number> {
  const plan = planSend({ enableConnection, ...input });
  const output = createOutput(input);
  return withNamespace(input, (namespace) => sendRequest(namespace, plan, output));
}
