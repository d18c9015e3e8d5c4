import { app, output, type ServiceBusQueueFunctionOptions } from '@azure/functions';
import { createApp } from '../shared/app.ts';
import { RedeliveryError } from '../shared/report/redelivery.ts';
import { toResult } from '../shared/report/result.ts';
import { readSettings } from '../shared/settings/settings.ts';

const { handle, flush } = createApp(readSettings(process.env));
const connection = 'ServiceBusConnection';

// The typed options lack `dataType`. Without it the host copies properties of the body over the broker's metadata.
const trigger: ServiceBusQueueFunctionOptions & { dataType: 'binary' } = {
  connection,
  queueName: '%REQUESTS_QUEUE%',
  isSessionsEnabled: true,
  dataType: 'binary',
  return: output.serviceBusTopic({ connection, topicName: '%RESULTS_TOPIC%' }),
  handler: async (body, context) => {
    const report = await handle(body, context);
    if (report.outcome === 'redelivery') throw new RedeliveryError(report);
    return toResult(report);
  },
};

app.serviceBusQueue('setExternalPartnerConnection', trigger);
app.hook.appTerminate(flush);
