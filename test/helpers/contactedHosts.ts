/**
 * The built app in a fresh process, from the folder that the first argument names. It handles one message, whose body
 * follows, then a day passes; it tells which hosts were called, of which only those on this machine can be reached.
 */
import { Socket } from 'node:net';
import { mock } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { startWorker } from '../../local/functionsHost/worker.ts';

const [appRoot = '', body = ''] = process.argv.slice(2);
const { externalPartnerId } = JSON.parse(body);
const TURNS_TO_CALL = 100;

type Address = { host?: string; port: number };

/** Nothing listens there. */
const CLOSED = { host: 'localhost', port: 1 };

const hosts = new Set<string>();
const { connect } = Socket.prototype;
Socket.prototype.connect = function (this: Socket, ...args: unknown[]) {
  const [first] = args.flat() as [Address];
  hosts.add(`${first.host}:${first.port}`);
  if (first.host !== 'localhost') Object.assign(first, CLOSED);
  return Reflect.apply(connect, this, args);
} as typeof connect;

mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
const worker = await startWorker({ appRoot, log: () => {} });
await worker.invoke('setExternalPartnerConnection', {
  body: Buffer.from(body),
  metadata: { MessageId: externalPartnerId, SessionId: externalPartnerId, DeliveryCount: 1 },
});
for (let hour = 0; hour < 24; hour++) {
  mock.timers.tick(3_600_000);
  for (let turn = 0; turn < TURNS_TO_CALL; turn++) await nextTurn();
}
process.send?.([...hosts].sort());
