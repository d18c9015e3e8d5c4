import { define } from '../command/definition.ts';
import { parsePartnerId } from '../command/guid.ts';
import { jsonOption } from '../command/jsonOption.ts';
import { namespaceOptions } from '../serviceBus/namespaceOptions.ts';

export const doctor = define({
  name: 'doctor',
  summary: 'Check an installation, and say what to do',
  details: [
    'It asks with your own Entra sign-in (az login or azd auth login), and changes nothing. What to look at stands in variables that azd sets (azd hooks run postdeploy): SERVICE_BUS_NAMESPACE, SERVICE_BUS_NAMESPACE_ID, REQUESTS_QUEUE, RESULTS_TOPIC, IDENTITY_PRINCIPAL_ID, DEPLOYED_REQUESTERS, DEPLOYED_READERS, FUNCTION_APP_ID, GRAPH_BASE_URL, LOG_ANALYTICS_WORKSPACE_ID and APPLICATION_INSIGHTS_ID.',
  ],
  arguments: {},
  options: {
    probe: {
      value: 'PARTNER_ID',
      help: 'also send a request about this partner that the app only checks (validateOnly), and wait for its result',
      parse: parsePartnerId,
    },
    ...namespaceOptions,
    ...jsonOption,
  },
  endings: {
    done: 'nothing is wrong',
    wrong: 'something is',
    unreachable: 'Service Bus could not be reached',
  },
});
