import local from '../local.settings.json' with { type: 'json' };
import { samplePartners } from './graph/samplePartners.ts';
import { startOnFixedPorts } from './standIns.ts';

const { REQUESTS_QUEUE, RESULTS_TOPIC, NODE_EXTRA_CA_CERTS } = local.Values;

const standIns = await startOnFixedPorts();
console.log(`The stand-ins are running, where local.settings.json says:

  Service Bus           ${standIns.serviceBus.connectionString}
                        queue ${REQUESTS_QUEUE}
                        topic ${RESULTS_TOPIC}, subscriptions tickets and recent
                        over HTTP ${standIns.serviceBus.httpUrl} with any bearer token
  Graph                 ${standIns.graph.url}
                        partners ${samplePartners.map(({ id }) => id).join('\n                                 ')}
  Managed identity      ${standIns.identity.endpoint}
  Application Insights  ${standIns.ingestion.url}
  Certificate authority ${NODE_EXTRA_CA_CERTS}

Run the real Functions host against them from another terminal:

  npm run build && func start

Ctrl-C ends it.`);

process.once('SIGINT', standIns.close);
process.once('SIGTERM', standIns.close);
