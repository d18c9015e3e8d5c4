/** `npm start`: prints that it starts before it loads what takes a while on a slow machine. */
import { styleText } from 'node:util';
import { command } from '../cli/command/command.ts';
import { define } from '../cli/command/definition.ts';
import { didYouMean } from '../cli/command/didYouMean.ts';
import { UsageError } from '../cli/command/errors.ts';
import { runOnly } from '../cli/command/runProgram.ts';
import { exitWith } from './localStartError.ts';
import { type NamedFault, namedFaults } from './namedFaults.ts';
import { endWithParent } from './parentProcess.ts';

endWithParent();

const start = define({
  name: 'start',
  typed: 'npm start --',
  summary: 'Run the app on this machine, and show what it does',
  details: [
    'Builds the app, runs it on local stand-ins for Service Bus, Graph, the managed identity, storage and Application Insights, sends sample requests and shows what happens to each. Then serves until Ctrl-C. Nothing leaves this machine.',
    'A fault shows how the app copes; it then tries for seconds instead of minutes:',
    ...[...namedFaults].map(([name, { description }]) => `${name}: ${description}`),
  ],
  arguments: {},
  options: {
    once: { help: 'end after the sample requests' },
    fault: { value: 'NAME', help: [...namedFaults.keys()].join(', '), parse: parseFault },
  },
  endings: {
    done: 'as expected',
    wrong: 'a request did not end as expected',
    wrongUsage: 'wrong usage, or something cannot start',
  },
});

await runOnly(
  command(start, async () => async ({ once: isOnce, fault }) => {
    console.log(
      `${styleText('bold', 'External partner connections')}, on stand-ins: no Azure, nothing leaves this machine.\n`,
    );
    const { demonstrate } = await import('./demonstration.ts').catch(exitWith);
    await demonstrate({ isOnce, fault }).catch(exitWith);
    return Number(process.exitCode ?? 0);
  }),
);

function parseFault(text: string, name: string): NamedFault {
  const fault = namedFaults.get(text);
  if (fault) return fault;
  const known = [...namedFaults.keys()];
  throw new UsageError(`${name} is ${text}; write one of ${known.join(', ')}.${didYouMean(text, known)}`);
}
