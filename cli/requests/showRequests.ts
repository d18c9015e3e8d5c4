import type { InputOf } from '../command/definition.ts';
import { exitCodes } from '../command/exitCodes.ts';
import { withNamespace } from '../serviceBus/connect.ts';
import { findTarget } from '../serviceBus/target.ts';
import { note, print, printJson, printSome } from '../terminal/print.ts';
import { seeWindows } from '../windows/seeWindows.ts';
import type { requests as command } from './command.ts';
import { formatRequests } from './formatRequests.ts';
import { formatWindows } from './formatWindows.ts';
import { withLastErrors } from './lastErrors.ts';
import { readRequests, requestJson } from './readRequests.ts';

type RequestsInput = InputOf<typeof command>;

export function showRequests({ json, ...connection }: RequestsInput): Promise<number> {
  const target = findTarget(connection.namespace);
  return withNamespace(connection, async (namespace) => {
    const [onQueue, windows] = await Promise.all([readRequests(namespace), seeWindows(target)]);
    const onUnseen = (why: string) => note(`Why a request is tried again cannot be seen. ${why}`);
    const requests = await withLastErrors(target, onQueue, onUnseen);
    const now = new Date();
    await printSome(() => {
      if (json) {
        const seen = 'value' in windows ? windows.value : windows;
        return printJson({ requests: requests.map(requestJson), windows: seen });
      }
      const none = `There are no requests on ${namespace.requestsQueue} on ${namespace.host}.`;
      const lines = requests.length > 0 ? formatRequests(requests, now) : [none];
      return print(...lines, '', ...formatWindows(windows, now));
    });
    return exitCodes.done;
  });
}
