import { didYouMean } from './command/didYouMean.ts';
import { UsageError } from './command/errors.ts';
import { readArguments } from './command/readArguments.ts';
import { runCommand } from './command/runCommand.ts';
import { cancelRequest, checkSequenceNumber } from './send/cancelRequest.ts';
import { sendOptions, usage } from './send/options.ts';
import { createOutput } from './send/output.ts';
import { planSend } from './send/plan.ts';
import { sendRequest } from './send/sendRequest.ts';
import { sendWindow } from './send/sendWindow.ts';
import { withNamespace } from './serviceBus/connect.ts';

const actions = ['enable', 'disable', 'cancel'];

await runCommand('send', usage, async (args) => {
  const { values, positionals } = readArguments(args, sendOptions, 2);
  const [action, target] = positionals;
  const output = createOutput(values);
  switch (action) {
    case 'enable':
    case 'disable': {
      const plan = planSend(action === 'enable', target, values);
      return withNamespace(values, (namespace) =>
        plan.end ? sendWindow(namespace, plan, plan.end, output) : sendRequest(namespace, plan, output),
      );
    }
    case 'cancel': {
      const sequenceNumber = checkSequenceNumber(target);
      return withNamespace(values, (namespace) => cancelRequest(namespace, sequenceNumber, output));
    }
    case undefined:
      throw new UsageError('Type what to do first: enable, disable or cancel.');
    default:
      throw new UsageError(
        `Unknown command "${action}".${didYouMean(action, actions) || ' Type enable, disable or cancel.'}`,
      );
  }
});
