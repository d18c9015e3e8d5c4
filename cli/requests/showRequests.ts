import type { InputOf } from '../command/definition.ts';
import { exitCodes } from '../command/exitCodes.ts';
import { withNamespace } from '../serviceBus/connect.ts';
import { print, printJson, printSome } from '../terminal/print.ts';
import type { requests as command } from './command.ts';
import { formatRequests } from './formatRequests.ts';
import { readRequests, requestJson } from './readRequests.ts';

type RequestsInput = InputOf<typeof command>;

export function showRequests({ json, ...connection }: RequestsInput): Promise<number> {
  return withNamespace(connection, async (namespace) => {
    const requests = await readRequests(namespace);
    await printSome(() => {
      if (json) return printJson(requests.map(requestJson));
      if (requests.length > 0) return print(...formatRequests(requests));
      return print(`There are no requests on ${namespace.requestsQueue} on ${namespace.host}.`);
    });
    return exitCodes.done;
  });
}
