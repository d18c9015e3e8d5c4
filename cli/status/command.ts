import { define } from '../command/definition.ts';
import { parsePartnerId } from '../command/guid.ts';
import { jsonOption } from '../command/jsonOption.ts';
import { namespaceOptions } from '../serviceBus/namespaceOptions.ts';

export const status = define({
  name: 'status',
  summary: 'Say whether an installation is healthy, and what comes next',
  details: [
    'Whether the app takes requests, what waits and for how long, what is scheduled, the open windows, dead letters, and the results of the last day. What cannot be seen for lack of a right is named. It takes and changes nothing.',
  ],
  arguments: {},
  options: {
    watch: { help: 'look again every 5 seconds, until Ctrl-C' },
    probe: {
      value: 'PARTNER_ID',
      help: 'also send a request about this partner that the app only checks (validateOnly), and wait for its result',
      parse: parsePartnerId,
    },
    ...namespaceOptions,
    ...jsonOption,
  },
  endings: {
    done: 'healthy',
    wrong: 'not healthy',
    unreachable: 'Service Bus could not be reached',
  },
});
