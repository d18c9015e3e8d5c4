/** `npm run local`: the stand-ins alone. */
import { command } from '../cli/command/command.ts';
import { define } from '../cli/command/definition.ts';
import { exitCodes } from '../cli/command/exitCodes.ts';
import { runOnly } from '../cli/command/runProgram.ts';
import { samplePartners } from './graph/samplePartners.ts';
import { localValue } from './localSettings.ts';
import { exitWith } from './localStartError.ts';
import { endWithParent } from './parentProcess.ts';

endWithParent();

const serve = define({
  name: 'local',
  typed: 'npm run local --',
  summary: 'Run the stand-ins alone',
  details: [
    'Those for Service Bus, Graph, the managed identity, storage, Application Insights, Log Analytics and Azure Resource Manager, on the ports of local.settings.json until Ctrl-C, for func start or any other client. Nothing leaves this machine.',
  ],
  arguments: {},
  options: {},
  endings: { done: 'ended with Ctrl-C', wrongUsage: 'wrong usage, or something cannot start' },
});

await runOnly(command(serve, async () => serveUntilStopped));

async function serveUntilStopped(): Promise<number> {
  console.log('Starting the stand-ins …');
  const { startStandIns } = await import('./standIns.ts').catch(exitWith);
  const standIns = await startStandIns({ fixedPorts: true }).catch(exitWith);
  console.log(`The stand-ins are running, on the ports of local.settings.json:

  Service Bus           ${standIns.serviceBus.connectionString}
                        queue ${localValue('REQUESTS_QUEUE')}
                        topic ${localValue('RESULTS_TOPIC')}, subscriptions tickets and recent
                        over HTTP ${standIns.serviceBus.httpUrl} with any bearer token
  Graph                 ${standIns.graph.url}
                        partners ${samplePartners.map(({ id }) => id).join('\n                                 ')}
  Managed identity      ${standIns.identity.endpoint}
  Application Insights  ${standIns.ingestion.url}
  Blob Storage          ${standIns.blobStorage.url}
                        container windows
  Log Analytics         ${standIns.logAnalytics.url}
  Resource Manager      ${standIns.resourceManager.url}
  Certificate authority ${localValue('NODE_EXTRA_CA_CERTS')}

Run the real Functions host against them from another terminal:

  npm run build && func start

Press Ctrl-C to stop.`);

  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void standIns.close());
  return exitCodes.done;
}
