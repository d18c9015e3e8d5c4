import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { startServiceBus } from '../../../local/serviceBus/broker.ts';
import { createHostUnderTest, type HostUnderTest } from './hostUnderTest.ts';

const A_LONG_TIME_MS = 100_000;

let host: HostUnderTest;
beforeEach(async () => {
  host = await createHostUnderTest();
});
afterEach(() => host.close());

it('says that it is ready over IPC', async () => {
  expect(await host.start()).toEqual({ type: 'ready', functions: ['probe'] });
});

it('names everything that is missing, and exits with 1', async () => {
  expect(await host.start({ REQUESTS_QUEUE: '' })).toBe(1);
  expect(host.output()).toContain('REQUESTS_QUEUE is not set');
  expect(host.output()).toContain('Connection \\"Bus\\" is not set');
});

it('takes no more messages when it is drained, finishes what is in flight and runs appTerminate hooks', async () => {
  await host.start();
  await host.send(
    { body: 'held', messageId: 'm1', sessionId: 's1' },
    { body: 'later', messageId: 'm2', sessionId: 's1' },
  );
  await host.until(() => host.logged('probing held').length > 0, 'the invocation');
  host.ask({ type: 'drain' });
  await host.until(() => host.logged('Stopping').length > 0, 'the host to stop');
  await host.release();
  expect(await host.exitCode()).toBe(0);
  await host.until(() => host.results.length === 1, 'the result');
  expect(host.logged('(Succeeded')).toHaveLength(1);
  expect(host.output()).toContain('appTerminate ran');
  expect(host.logged('probing later')).toEqual([]);
});

it('goes on taking messages while it shuts down, for as long as what is in flight takes', async () => {
  await host.start();
  await host.send({ body: 'held', messageId: 'm1', sessionId: 's1' });
  await host.until(() => host.logged('probing held').length > 0, 'the invocation');
  host.ask({ type: 'shutDown', graceMs: A_LONG_TIME_MS });
  await host.until(() => host.logged('Shutting down').length > 0, 'the host to shut down');
  await host.send({ body: 'later', messageId: 'm2', sessionId: 's2' });
  await host.until(() => host.results.length === 1, 'the result of the later message');
  await host.release();
  expect(await host.exitCode()).toBe(0);
  await host.until(() => host.results.length === 2, 'both results');
  expect(host.results.map(({ body }) => body.metadata.messageId)).toEqual(['m2', 'm1']);
  expect(host.output()).toContain('appTerminate ran');
});

it('shuts down on SIGTERM', async () => {
  await host.start();
  host.signal('SIGTERM');
  expect(await host.exitCode()).toBe(0);
  expect(host.logged('Shutting down')).toHaveLength(1);
  expect(host.output()).toContain('appTerminate ran');
});

it('gives back what is not finished by then, with its delivery count raised', async () => {
  await host.start();
  await host.send(
    { body: 'hang', messageId: 'm1', sessionId: 's1' },
    { body: 'later', messageId: 'm2', sessionId: 's1' },
  );
  await host.until(() => host.logged('probing hang').length > 0, 'the invocation');
  host.ask({ type: 'shutDown', graceMs: 0 });
  expect(await host.exitCode()).toBe(0);
  expect(host.output()).toContain('appTerminate ran');
  expect(host.deliveryCounts()).toEqual({ m1: 1, m2: 0 });
});

it('ends at once on a second signal', async () => {
  await host.start();
  await host.send({ body: 'hang', messageId: 'm1', sessionId: 's1' });
  await host.until(() => host.logged('probing hang').length > 0, 'the invocation');
  host.signal('SIGTERM');
  await host.until(() => host.logged('Shutting down').length > 0, 'the host to shut down');
  host.signal('SIGTERM');
  expect(await host.exitCode()).toBe(1);
});

it('runs appTerminate hooks and ends with 1 when an invocation exceeds the function timeout; 12 s later the message is back', async () => {
  await host.start({ Bus: host.bus.connectionString, AzureFunctionsJobHost__functionTimeout: '00:00:01' });
  await host.send({ body: 'hang', messageId: 'm1', sessionId: 's1' });
  expect(await host.exitCode()).toBe(1);
  expect(host.output()).toContain('Timeout value of 1 s exceeded');
  expect(host.output()).toContain('appTerminate ran');
  const timeOf = (wanted: string) => host.bus.journal.find(({ type }) => type === wanted)?.at ?? 0;
  expect(timeOf('abandoned') - timeOf('delivered')).toBeGreaterThan(12_000);
  expect(host.deliveryCounts()).toEqual({ m1: 1 });
});

it('ends with 1 when the app leaves a rejection unhandled, which costs whatever is in flight a delivery', async () => {
  await host.start();
  await host.send({ body: 'hang', messageId: 'm1', sessionId: 's1' });
  await host.until(() => host.logged('probing hang').length > 0, 'the invocation');
  await host.send({ body: 'crash and hang', messageId: 'm2', sessionId: 's2' });
  expect(await host.exitCode()).toBe(1);
  expect(host.output()).toContain('asked to crash');
  expect(host.deliveryCounts()).toEqual({ m1: 1, m2: 1 });
});

it('stops when its parent goes away', async () => {
  await host.start();
  host.disconnect();
  expect(await host.exitCode()).toBe(0);
});

it('goes on when the broker comes back', async () => {
  await host.start();
  await host.send({ body: 'nothing', messageId: 'm0', sessionId: 's0' });
  await host.until(() => host.logged('(Succeeded').length === 1, 'the connection');
  await host.client.close();
  await host.bus.close();
  await host.until(() => host.logged('cannot be received from').length > 0, 'the outage');
  const broker = await startServiceBus({
    port: host.bus.port,
    queues: [{ name: 'requests', requiresSession: true }],
  });
  onTestFinished(() => broker.close());
  broker.send('requests', { body: Buffer.from('nothing'), messageId: 'm1', sessionId: 's1' });
  await host.until(() => host.logged('(Succeeded').length === 2, 'the invocation');
  expect(host.logged('can be received from again')).not.toEqual([]);
});
