import { define } from '../command/definition.ts';
import { jsonOption } from '../command/jsonOption.ts';
import { namespaceOptions } from '../serviceBus/namespaceOptions.ts';
import { parseSequenceNumber } from '../serviceBus/sequenceNumber.ts';

export const cancel = define({
  name: 'cancel',
  summary: 'Take a scheduled request back',
  details: [
    "Anyone who may send can cancel, and anyone's request: the number is all it takes. Without its end, a window does not end by itself: it asks before it cancels one.",
  ],
  arguments: {
    sequenceNumber: {
      value: 'NUMBER',
      help: 'of the scheduled request: --at prints it, and npx epc requests lists it',
      ifMissing:
        'Which request? Type the number of a scheduled one: --at printed it, and npx epc requests lists it.',
      parse: parseSequenceNumber,
    },
  },
  options: { yes: { help: 'do not ask' }, ...namespaceOptions, ...jsonOption },
  endings: {
    done: 'cancelled',
    declined: 'not cancelled, since you did not confirm',
    unreachable: 'none with this number is scheduled, or Service Bus could not be reached or refused',
  },
});
