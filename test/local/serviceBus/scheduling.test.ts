import { expect, test } from 'vitest';
import { receiveAll, receiveOne, startBroker } from './broker.ts';

const soon = () => new Date(Date.now() + 400);
const later = () => new Date(Date.now() + 60_000);

test('a message with a scheduled enqueue time arrives then, and not before', async () => {
  const { client } = await startBroker();
  const receiver = client.createReceiver('requests');
  const time = soon();
  await client.createSender('requests').sendMessages({ body: 1, scheduledEnqueueTimeUtc: time });
  expect(await receiveAll(receiver)).toEqual([]);

  const message = await receiveOne(receiver);

  expect(message.enqueuedTimeUtc?.getTime()).toBeGreaterThanOrEqual(time.getTime());
});

test('a scheduled message joins its session as if it was sent at that moment', async () => {
  const { bus, client } = await startBroker({ requiresSession: true });
  const sender = client.createSender('requests');
  const [scheduled] = await sender.scheduleMessages({ body: 'scheduled', sessionId: 'a' }, soon());
  await sender.sendMessages({ body: 'sent', sessionId: 'a' });
  await expect.poll(() => bus.queue('requests').counts().scheduled).toBe(0);

  const receiver = await client.acceptNextSession('requests');
  const messages = await receiver.receiveMessages(2);

  expect(String(scheduled)).toBe('1');
  expect(messages.map((message) => message.body)).toEqual(['sent', 'scheduled']);
  expect(messages.map((message) => String(message.sequenceNumber))).toEqual(['2', '3']);
});

test('a message that becomes due wakes a receiver that waits for a session', async () => {
  const { bus, client } = await startBroker({ requiresSession: true });
  bus.send('requests', { body: Buffer.from('1'), sessionId: 'a', scheduledEnqueueTime: soon() });

  const receiver = await client.acceptNextSession('requests');

  expect((await receiveOne(receiver)).body).toBe(1);
});

test('a cancelled message never arrives, and cannot be cancelled twice', async () => {
  const { bus, client } = await startBroker();
  const sender = client.createSender('requests');
  const numbers = await sender.scheduleMessages([{ body: 1 }, { body: 2 }], later());
  await sender.cancelScheduledMessages(numbers);

  expect(bus.queue('requests').messages()).toEqual([]);
  await expect(sender.cancelScheduledMessages(numbers)).rejects.toMatchObject({ code: 'MessageNotFound' });
});

test('peeking shows messages in any state without locking them', async () => {
  const { bus, client } = await startBroker();
  const receiver = client.createReceiver('requests');
  for (const body of ['1', '2']) bus.send('requests', { body: Buffer.from(body) });
  await client.createSender('requests').scheduleMessages({ body: 3 }, later());
  await receiveOne(receiver);

  const peeked = await receiver.peekMessages(10);

  expect(peeked.map((message) => [message.body, message.state])).toEqual([
    [1, 'active'],
    [2, 'active'],
    [3, 'scheduled'],
  ]);
  expect(await receiver.peekMessages(10)).toEqual([]);
  expect(bus.queue('requests').counts()).toEqual({
    active: 2,
    locked: 1,
    scheduled: 1,
    deferred: 0,
    deadLettered: 0,
  });
});

test('peeking from a session receiver shows that session only', async () => {
  const { bus, client } = await startBroker({ requiresSession: true });
  for (const sessionId of ['a', 'b', 'a']) bus.send('requests', { body: Buffer.from('1'), sessionId });

  const receiver = await client.acceptSession('requests', 'a');

  expect((await receiver.peekMessages(10)).map((message) => message.sessionId)).toEqual(['a', 'a']);
});
