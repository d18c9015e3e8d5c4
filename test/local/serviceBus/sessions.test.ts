import { expect, it } from 'vitest';
import { minutes, patiently, receiveOne, receiveSome, startBroker } from './broker.ts';

const sessions = { requiresSession: true };
const send = (bus: Awaited<ReturnType<typeof startBroker>>['bus'], sessionId: string, body: number) =>
  bus.send('requests', { body: Buffer.from(String(body)), sessionId });

it('a session gives its own messages only, in order', async () => {
  const { bus, client } = await startBroker(sessions);
  for (const body of [1, 2, 3]) {
    send(bus, 'a', body);
    send(bus, 'b', body * 10);
  }

  const receiver = await client.acceptSession('requests', 'b');

  expect((await receiveSome(receiver, 3)).map((message) => message.body)).toEqual([10, 20, 30]);
  expect(receiver.sessionLockedUntilUtc.getTime()).toBeGreaterThan(Date.now());
});

it('the next session is one that has messages and that nobody holds', async () => {
  const { bus, client } = await startBroker(sessions);
  send(bus, 'a', 1);
  send(bus, 'b', 2);

  const first = await client.acceptNextSession('requests');
  const second = await client.acceptNextSession('requests');

  expect([first.sessionId, second.sessionId]).toEqual(['a', 'b']);
});

it('waiting for a session ends with a timeout when none has messages', async () => {
  const { client, connect } = await startBroker(sessions);
  await client.acceptSession('requests', 'empty');

  await expect(connect({ timeoutInMs: 500 }).acceptNextSession('requests')).rejects.toMatchObject({
    name: 'ServiceBusError',
    code: 'ServiceTimeout',
  });
});

it('a session that someone holds cannot be accepted by another', async () => {
  const { client, connect } = await startBroker(sessions);
  await client.acceptSession('requests', 'a');

  await expect(connect().acceptSession('requests', 'a')).rejects.toMatchObject({
    code: 'SessionCannotBeLocked',
  });
});

it('each session with messages goes to exactly one of many receivers; the others wait in vain', async () => {
  const { bus, connect } = await startBroker(sessions);
  const client = connect({ timeoutInMs: 2000 });
  const waiting = Array.from({ length: 20 }, () => client.acceptNextSession('requests'));
  const settled = Promise.allSettled(waiting);
  send(bus, 'a', 1);
  send(bus, 'a', 2);
  send(bus, 'b', 3);

  const outcomes = await settled;

  const accepted = outcomes.flatMap((outcome) =>
    outcome.status === 'fulfilled' ? [outcome.value.sessionId] : [],
  );
  expect(accepted.toSorted()).toEqual(['a', 'b']);
});

it('sixteen receivers that wait in parallel each get a session', async () => {
  const { bus, client } = await startBroker(sessions);
  const waiting = Array.from({ length: 16 }, () => client.acceptNextSession('requests'));
  const ids = Array.from({ length: 16 }, (_, index) => `s${index}`);
  for (const id of ids) send(bus, id, 1);

  const receivers = await Promise.all(waiting);

  expect(receivers.map((receiver) => receiver.sessionId).toSorted()).toEqual(ids.toSorted());
});

it('a closed session goes to the next receiver at once, its unsettled messages uncounted', async () => {
  const { bus, client } = await startBroker(sessions);
  send(bus, 'a', 1);
  const first = await client.acceptNextSession('requests');
  await receiveOne(first);
  await first.close();

  const second = await client.acceptNextSession('requests');

  expect(await receiveOne(second)).toMatchObject({ body: 1, deliveryCount: 0 });
});

it('a receiver that vanishes with its connection gives the session back, its messages counted', async () => {
  const { bus, client, connect } = await startBroker(sessions);
  send(bus, 'a', 1);
  await receiveOne(await client.acceptNextSession('requests'));
  bus.dropConnections();

  const second = await connect().acceptNextSession('requests');

  expect(await receiveOne(second)).toMatchObject({ body: 1, deliveryCount: 1 });
});

it('an abandoned message comes before the later ones of its session', async () => {
  const { bus, client } = await startBroker(sessions);
  for (const body of [1, 2]) send(bus, 'a', body);
  const receiver = await client.acceptNextSession('requests');
  await receiver.abandonMessage(await receiveOne(receiver));

  const again = await receiveOne(receiver);
  await receiver.completeMessage(again);

  expect(again).toMatchObject({ body: 1, deliveryCount: 1 });
  expect((await receiveOne(receiver)).body).toBe(2);
});

it('a session whose lock expires goes to another receiver, and the first can no longer settle', async () => {
  const { bus, clock, client, connect } = await startBroker({ ...sessions, lockDurationSeconds: 300 });
  send(bus, 'a', 1);
  const first = await client.acceptSession('requests', 'a', { maxAutoLockRenewalDurationInMs: 0 });
  const stale = await receiveOne(first);
  clock.advance(minutes(5));

  const second = await connect().acceptNextSession('requests');

  expect(second.sessionId).toBe('a');
  await expect(first.completeMessage(stale)).rejects.toMatchObject({ code: 'SessionLockLost' });
  expect(await receiveOne(second)).toMatchObject({ body: 1, deliveryCount: 1 });
});

it('a subscriber hears that its session lock was lost', async () => {
  const { bus, client } = await startBroker(sessions);
  send(bus, 'a', 1);
  const receiver = await client.acceptSession('requests', 'a');
  const codes: unknown[] = [];
  const bodies: unknown[] = [];
  receiver.subscribe({
    processMessage: async ({ body }) => {
      bodies.push(body);
    },
    processError: async ({ error }) => {
      codes.push('code' in error ? error.code : error.name);
    },
  });
  await expect.poll(() => bodies, patiently).toEqual([1]);
  bus.expireLocks('requests');

  await expect.poll(() => codes, patiently).toContain('SessionLockLost');
});

it('a renewed session lock outlives its first duration', async () => {
  const { bus, clock, client } = await startBroker({ ...sessions, lockDurationSeconds: 300 });
  send(bus, 'a', 1);
  const receiver = await client.acceptSession('requests', 'a', { maxAutoLockRenewalDurationInMs: 0 });
  const message = await receiveOne(receiver);
  for (let renewal = 1; renewal <= 3; renewal += 1) {
    clock.advance(minutes(3));
    await receiver.renewSessionLock();
  }

  await receiver.completeMessage(message);

  expect(bus.queue('requests').messages()).toEqual([]);
});

it('a session lock that is lost cannot be renewed', async () => {
  const { bus, client } = await startBroker(sessions);
  const receiver = await client.acceptSession('requests', 'a', { maxAutoLockRenewalDurationInMs: 0 });
  bus.expireLocks('requests');

  await expect(receiver.renewSessionLock()).rejects.toMatchObject({ code: 'SessionLockLost' });
});

it('a message without a session id is refused if the queue requires sessions', async () => {
  const { bus, client } = await startBroker(sessions);
  const sender = client.createSender('requests');

  await expect(sender.sendMessages({ body: 1 })).rejects.toThrow(/SessionId was not set/);
  await expect(sender.sendMessages([{ body: 1, sessionId: 'a' }, { body: 2 }])).rejects.toThrow();
  expect(bus.queue('requests').messages()).toEqual([]);
});

it('receivers must match the queue: with sessions if it has them, otherwise without', async () => {
  const withSessions = await startBroker(sessions);
  await expect(withSessions.client.createReceiver('requests').receiveMessages(1)).rejects.toThrow(/sessions/);
  const without = await startBroker();
  await expect(without.client.acceptSession('requests', 'a')).rejects.toThrow();
});

it('receiveAndDelete works within a session', async () => {
  const { bus, client } = await startBroker(sessions);
  for (const body of [1, 2]) send(bus, 'a', body);
  const receiver = await client.acceptNextSession('requests', { receiveMode: 'receiveAndDelete' });

  expect((await receiveSome(receiver, 2)).map((message) => message.body)).toEqual([1, 2]);
  expect(bus.queue('requests').messages()).toEqual([]);
});
