import { expect, it } from 'vitest';
import { minutes, patiently, receiveNothing, receiveOne, startBroker } from './broker.ts';

it('a completed message is gone', async () => {
  const { bus, client } = await startBroker();
  const receiver = client.createReceiver('requests');
  bus.send('requests', { body: Buffer.from('1') });

  await receiver.completeMessage(await receiveOne(receiver));

  expect(bus.queue('requests').messages()).toEqual([]);
});

it('with receiveAndDelete a message is gone once it is delivered', async () => {
  const { bus, client } = await startBroker();
  bus.send('requests', { body: Buffer.from('1') });

  const message = await receiveOne(client.createReceiver('requests', { receiveMode: 'receiveAndDelete' }));

  expect(message.body).toBe(1);
  expect(bus.queue('requests').messages()).toEqual([]);
});

it('an abandoned message is the next one again, with one more delivery and the changed properties', async () => {
  const { bus, client } = await startBroker();
  const receiver = client.createReceiver('requests');
  for (const body of ['1', '2']) {
    bus.send('requests', { body: Buffer.from(body), applicationProperties: { kept: 'yes', step: 'first' } });
  }

  await receiver.abandonMessage(await receiveOne(receiver), { step: 'second' });

  expect(await receiveOne(receiver)).toMatchObject({
    body: 1,
    deliveryCount: 1,
    applicationProperties: { kept: 'yes', step: 'second' },
  });
});

it('a message whose lock expires is available again, and settling it with the old lock fails', async () => {
  const { bus, clock, client } = await startBroker({ lockDurationSeconds: 300 });
  const receiver = client.createReceiver('requests', { maxAutoLockRenewalDurationInMs: 0 });
  bus.send('requests', { body: Buffer.from('1') });

  const first = await receiveOne(receiver);
  clock.advance(minutes(5));
  const second = await receiveOne(receiver);

  expect(second).toMatchObject({ body: 1, deliveryCount: 1 });
  await expect(receiver.completeMessage(first)).rejects.toMatchObject({ code: 'MessageLockLost' });
  await receiver.completeMessage(second);
  expect(bus.queue('requests').messages()).toEqual([]);
});

it('a renewed lock outlives its first duration', async () => {
  const { bus, clock, client } = await startBroker({ lockDurationSeconds: 300 });
  const receiver = client.createReceiver('requests', { maxAutoLockRenewalDurationInMs: 0 });
  bus.send('requests', { body: Buffer.from('1') });
  const message = await receiveOne(receiver);
  const firstEnd = message.lockedUntilUtc?.getTime() ?? 0;
  for (let renewal = 1; renewal <= 3; renewal += 1) {
    clock.advance(minutes(3));
    expect((await receiver.renewMessageLock(message)).getTime()).toBeGreaterThan(firstEnd);
  }

  await receiver.completeMessage(message);

  expect(bus.journal.map((entry) => entry.type)).not.toContain('lockLost');
});

it('locks that are made to expire cannot be renewed or settled', async () => {
  const { bus, client } = await startBroker();
  const receiver = client.createReceiver('requests', { maxAutoLockRenewalDurationInMs: 0 });
  bus.send('requests', { body: Buffer.from('1') });
  const message = await receiveOne(receiver);
  bus.expireLocks('requests');

  await expect(receiver.renewMessageLock(message)).rejects.toMatchObject({ code: 'MessageLockLost' });
  await expect(receiver.abandonMessage(message)).rejects.toMatchObject({ code: 'MessageLockLost' });
  expect(bus.queue('requests').messages()).toMatchObject([{ state: 'active', deliveryCount: 1 }]);
});

it('a message can be settled after its receiver has closed, until its lock expires', async () => {
  const { bus, client } = await startBroker();
  const receiver = client.createReceiver('requests');
  bus.send('requests', { body: Buffer.from('1') });
  const message = await receiveOne(receiver);
  await receiver.close();
  expect(bus.queue('requests').counts()).toMatchObject({ locked: 1 });

  await client.createReceiver('requests').completeMessage(message);

  expect(bus.queue('requests').messages()).toEqual([]);
});

it('deferring a message is refused, and counts as abandoning it', async () => {
  const { bus, client } = await startBroker({ maxDeliveryCount: 2 });
  const receiver = client.createReceiver('requests');
  bus.send('requests', { body: Buffer.from('1') });
  for (const deliveryCount of [0, 1]) {
    const message = await receiveOne(receiver);
    expect(message.deliveryCount).toBe(deliveryCount);
    await expect(receiver.deferMessage(message)).rejects.toThrow(/does not defer messages/);
  }

  expect(bus.queue('requests').counts()).toMatchObject({ active: 0, deadLettered: 1 });
});

it('credit that is drained delivers nothing more', async () => {
  const { bus, client } = await startBroker();
  const receiver = client.createReceiver('requests');
  expect(await receiveNothing(receiver)).toEqual([]);
  bus.send('requests', { body: Buffer.from('1') });
  expect(bus.queue('requests').counts()).toMatchObject({ active: 1, locked: 0 });

  expect((await receiveOne(receiver)).body).toBe(1);
});

it('receivers of one queue share its messages, each message once', async () => {
  const { bus, connect } = await startBroker();
  const seen: unknown[] = [];
  for (let index = 0; index < 4; index += 1) {
    connect()
      .createReceiver('requests')
      .subscribe(
        {
          processMessage: async (message) => {
            seen.push(message.body);
          },
          processError: async () => {},
        },
        { maxConcurrentCalls: 5 },
      );
  }
  for (let body = 0; body < 200; body += 1) bus.send('requests', { body: Buffer.from(String(body)) });

  await expect.poll(() => bus.queue('requests').messages().length, patiently).toBe(0);
  expect(seen).toHaveLength(200);
  expect(new Set(seen).size).toBe(200);
});
