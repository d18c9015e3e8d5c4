import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { whenSent } from '../../shared/whenSent.ts';

let server: Server;
let url: string;
beforeEach(async () => {
  server = createServer().listen(0, 'localhost');
  await once(server, 'listening');
  url = `http://localhost:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

const patch = (path: string) => fetch(`${url}${path}`, { method: 'PATCH', body: '{}' });

it('tells that a request is on the wire before there is a response', async () => {
  const arrived = once(server, 'request');
  const sent = Promise.withResolvers<void>();
  const called = whenSent('/a', sent.resolve, () => patch('/a'));
  await sent.promise;
  const [, response] = (await arrived) as [unknown, ServerResponse];
  response.end('done');
  expect(await (await called).text()).toBe('done');
});

it('tells nothing of other calls, nor of any once its own has ended', async () => {
  const onSent = vi.fn();
  server.on('request', (_, response) => response.end());
  await whenSent('/a', onSent, () => patch('/b'));
  await expect(whenSent('/a', onSent, () => fetch('http://localhost:0/a'))).rejects.toThrow();
  await patch('/a');
  expect(onSent).not.toHaveBeenCalled();
});
