import { expect, it } from 'vitest';
import { minutes, receiveNothing, receiveOne, receiveSome, startBroker } from './broker.ts';

const inOneHour = () => new Date(Date.now() + minutes(60));

it('a message with a scheduled enqueue time arrives then, and not before', async () => {
  const { bus, clock, client } = await startBroker();
  const receiver = client.createReceiver('requests');
  const time = inOneHour();
  await client.createSender('requests').sendMessages({ body: 1, scheduledEnqueueTimeUtc: time });
  clock.advance(minutes(55));
  expect(await receiveNothing(receiver)).toEqual([]);
  expect(bus.queue('requests').messages()).toMatchObject([
    { state: 'scheduled', scheduledEnqueueTime: time },
  ]);

  clock.advance(minutes(5));
  const message = await receiveOne(receiver);

  expect(message.enqueuedTimeUtc?.getTime()).toBeGreaterThanOrEqual(time.getTime());
});

it('a message that was scheduled says so to who receives it or peeks at it, one with a time in the past does not', async () => {
  const { clock, client } = await startBroker();
  const sender = client.createSender('requests');
  await sender.sendMessages({ body: 1, scheduledEnqueueTimeUtc: new Date(Date.now() - minutes(1)) });
  await sender.scheduleMessages({ body: 2 }, inOneHour());
  clock.advance(minutes(60));
  const receiver = client.createReceiver('requests');

  const peeked = await receiver.peekMessages(2);
  const received = await receiveSome(receiver, 2);

  for (const messages of [peeked, received]) {
    expect(messages.map(({ body, state }) => [body, state])).toEqual([
      [1, 'active'],
      [2, 'scheduled'],
    ]);
  }
});

it('until it is due, a scheduled message tells when it was sent', async () => {
  const { client } = await startBroker();
  const receiver = client.createReceiver('requests');
  const time = inOneHour();
  await client.createSender('requests').scheduleMessages({ body: 1 }, time);

  const [peeked] = await receiver.peekMessages(1);

  expect(peeked?.scheduledEnqueueTimeUtc).toEqual(time);
  expect(peeked?.enqueuedTimeUtc?.getTime()).toBeLessThan(time.getTime());
});

it('a scheduled message joins its session as if it was sent at that moment', async () => {
  const { clock, client } = await startBroker({ requiresSession: true });
  const sender = client.createSender('requests');
  const [scheduled] = await sender.scheduleMessages({ body: 'scheduled', sessionId: 'a' }, inOneHour());
  await sender.sendMessages({ body: 'sent', sessionId: 'a' });
  clock.advance(minutes(60));

  const receiver = await client.acceptNextSession('requests');
  const messages = await receiveSome(receiver, 2);

  expect(String(scheduled)).toBe('1');
  expect(messages.map((message) => message.body)).toEqual(['sent', 'scheduled']);
  expect(messages.map((message) => String(message.sequenceNumber))).toEqual(['2', '3']);
});

it('a message that becomes due goes to a receiver that accepts the next session', async () => {
  const { bus, clock, client } = await startBroker({ requiresSession: true });
  bus.send('requests', { body: Buffer.from('1'), sessionId: 'a', scheduledEnqueueTime: inOneHour() });
  const accepting = client.acceptNextSession('requests');
  clock.advance(minutes(60));

  expect((await receiveOne(await accepting)).body).toBe(1);
});

it('a cancelled message never arrives, and cannot be cancelled twice', async () => {
  const { bus, clock, client } = await startBroker();
  const sender = client.createSender('requests');
  const numbers = await sender.scheduleMessages([{ body: 1 }, { body: 2 }], inOneHour());
  await sender.cancelScheduledMessages(numbers);
  clock.advance(minutes(60));

  expect(bus.queue('requests').messages()).toEqual([]);
  expect(bus.journal.map((entry) => entry.type)).not.toContain('enqueued');
  await expect(sender.cancelScheduledMessages(numbers)).rejects.toMatchObject({ code: 'MessageNotFound' });
});

it('peeking shows messages in any state without locking them', async () => {
  const { bus, client } = await startBroker();
  const receiver = client.createReceiver('requests');
  for (const body of ['1', '2']) bus.send('requests', { body: Buffer.from(body) });
  await client.createSender('requests').scheduleMessages({ body: 3 }, inOneHour());
  await receiveOne(receiver);

  const peeked = await receiver.peekMessages(10);

  expect(peeked.map((message) => [message.body, message.state])).toEqual([
    [1, 'active'],
    [2, 'active'],
    [3, 'scheduled'],
  ]);
  expect(await receiver.peekMessages(10)).toEqual([]);
  expect(bus.queue('requests').counts()).toEqual({ active: 2, locked: 1, scheduled: 1, deadLettered: 0 });
});

it('peeking from a session receiver shows that session only', async () => {
  const { bus, client } = await startBroker({ requiresSession: true });
  for (const sessionId of ['a', 'b', 'a']) bus.send('requests', { body: Buffer.from('1'), sessionId });

  const receiver = await client.acceptSession('requests', 'a');

  expect((await receiver.peekMessages(10)).map((message) => message.sessionId)).toEqual(['a', 'a']);
});
