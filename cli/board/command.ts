import { define } from '../command/definition.ts';
import { UsageError } from '../command/errors.ts';
import { namespaceOptions } from '../serviceBus/namespaceOptions.ts';

export const board = define({
  name: 'board',
  summary: 'Show an installation as a page in your browser',
  details: [
    'The verdict of epc status, every partner, the week to come, what waits, the latest results and the dead letters, on a page of this machine that follows what happens. It looks with your own sign-in and rights, and takes and changes nothing. Only whoever has the address, with its key, can open it.',
  ],
  arguments: {},
  options: {
    port: { value: 'NUMBER', help: 'where the page is; default: 4270', parse: parsePort },
    ...namespaceOptions,
  },
  endings: { done: 'ended with Ctrl-C', unreachable: 'Service Bus could not be reached' },
});

function parsePort(text: string, name: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port < 65_536) return port;
  throw new UsageError(`${name} is ${text}; write a port, 0 to 65535. 0 takes a free one.`);
}
