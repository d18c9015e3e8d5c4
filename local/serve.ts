/** `npm run local`: the stand-ins alone. */
import { command } from '../cli/command/command.ts';
import { define } from '../cli/command/definition.ts';
import { exitCodes } from '../cli/command/exitCodes.ts';
import { runOnly } from '../cli/command/runProgram.ts';
import local from '../local.settings.json' with { type: 'json' };
import { samplePartners } from './graph/samplePartners.ts';
import { exitWith } from './localStartError.ts';
import { endWithParent } from './parentProcess.ts';

endWithParent();

const { REQUESTS_QUEUE, RESULTS_TOPIC, NODE_EXTRA_CA_CERTS } = local.Values;

const serve = define({
  name: 'local',
  typed: 'npm run local --',
  summary: 'Run the stand-ins alone',
  details: [
    'Those for Service Bus, Graph, the managed identity, storage, Application Insights, Log Analytics and Azure Resource Manager, on the ports of local.settings.json until Ctrl-C, for func start or any other client. Nothing leaves this machine.',
  ],
  arguments: {},
  options: {},
  endings: { done: 'ended with Ctrl-C', wrong: 'something cannot start' },
});

await runOnly(command(serve, async () => serveUntilStopped));

async function serveUntilStopped(): Promise<number> {
  console.log('Starting the stand-ins …');
  const { startStandIns } = await import('./standIns.ts');
  const standIns = await startStandIns({ fixedPorts: true }).catch(exitWith);
  console.log(`The stand-ins are running, on the ports of local.settings.json:

  Service Bus           ${standIns.serviceBus.connectionString}
                        queue ${REQUESTS_QUEUE}
                        topic ${RESULTS_TOPIC}, subscriptions tickets and recent
                        over HTTP ${standIns.serviceBus.httpUrl} with any bearer token
  Graph                 ${standIns.graph.url}
                        partners ${samplePartners.map(({ id }) => id).join('\n                                 ')}
  Managed identity      ${standIns.identity.endpoint}
  Application Insights  ${standIns.ingestion.url}
  Blob Storage          ${standIns.blobStorage.url}
                        container windows
  Log Analytics         ${standIns.logAnalytics.url}
  Resource Manager      ${standIns.resourceManager.url}
  Certificate authority ${NODE_EXTRA_CA_CERTS}

Run the real Functions host against them from another terminal:

  npm run build && func start

Press Ctrl-C to stop.`);

  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void standIns.close());
  return exitCodes.done;
}
