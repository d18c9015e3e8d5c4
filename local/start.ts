/** `npm start`: prints that it starts before it loads what takes a while on a slow machine. */
import { styleText } from 'node:util';
import { exitWithUsage, readOptions } from './arguments.ts';
import { exitWith } from './localStartError.ts';
import { namedFaults } from './namedFaults.ts';
import { endWithParent } from './parentProcess.ts';

endWithParent();

const faults = [...namedFaults].map(([name, { description }]) => `  ${name.padEnd(10)} ${description}`);

const options = readOptions(
  'start',
  `Usage: npm start -- [--once] [--fault NAME]

Builds the app, runs it on local stand-ins for Service Bus, Graph, the managed identity and Application Insights,
sends sample requests and shows what happens to each. Then serves until Ctrl-C. Nothing leaves this machine.

  --once         end after the sample requests; exit code 1 if one did not end as expected
  --fault NAME   keep a fault on:

${faults.join('\n')}`,
  { once: { type: 'boolean' }, fault: { type: 'string' } },
);
const fault = options.fault === undefined ? undefined : namedFaults.get(options.fault);
if (options.fault !== undefined && !fault) {
  exitWithUsage('start', `There is no fault "${options.fault}". The faults are:\n\n${faults.join('\n')}\n`);
}

console.log(
  `${styleText('bold', 'External partner connections')}, on stand-ins: no Azure, nothing leaves this machine.\n`,
);
const { demonstrate } = await import('./demonstration.ts');
await demonstrate({ isOnce: options.once === true, fault }).catch(exitWith);
