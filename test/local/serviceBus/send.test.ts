import { expect, it } from 'vitest';
import { minutes, patiently, receiveOne, receiveSome, startBroker } from './broker.ts';

it('a message arrives with everything its sender set', async () => {
  const { client } = await startBroker();
  const receiver = client.createReceiver('requests');
  await client.createSender('requests').sendMessages({
    body: { enableConnection: true },
    messageId: '12345678901234567890',
    correlationId: 'ticket-7',
    subject: 'enable',
    contentType: 'application/json',
    replyTo: 'results',
    timeToLive: 60_000,
    applicationProperties: { attempt: 3, urgent: true, traceparent: '00-1-2-01', ratio: 0.5 },
  });

  const message = await receiveOne(receiver);

  expect(message).toMatchObject({
    body: { enableConnection: true },
    messageId: '12345678901234567890',
    correlationId: 'ticket-7',
    subject: 'enable',
    contentType: 'application/json',
    replyTo: 'results',
    timeToLive: 60_000,
    applicationProperties: { attempt: 3, urgent: true, traceparent: '00-1-2-01', ratio: 0.5 },
    deliveryCount: 0,
    state: 'active',
  });
  expect(String(message.sequenceNumber)).toBe('1');
  expect(message.enqueuedTimeUtc).toBeInstanceOf(Date);
  expect(message.lockedUntilUtc?.getTime()).toBeGreaterThan(Date.now());
  expect(message.lockToken).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

it('bodies are opaque: bytes, values and sequences come back as they were sent', async () => {
  const { bus, client } = await startBroker();
  const sender = client.createSender('requests');
  const bytes = Buffer.from([0xff, 0x00, 0xfe, 0x7b]);
  await sender.sendMessages({ body: bytes });
  await sender.sendMessages({ bodyType: 'value', body: { nested: [1, 'two', null] } });
  await sender.sendMessages({ bodyType: 'sequence', body: [1, 'two', [3]] });

  const received = await receiveSome(client.createReceiver('requests'), 3);

  expect(received.map((message) => message.body)).toEqual([
    bytes,
    { nested: [1, 'two', null] },
    [1, 'two', [3]],
  ]);
  expect(received.map((message) => message._rawAmqpMessage.bodyType)).toEqual(['data', 'value', 'sequence']);
  expect(bus.queue('requests').messages()[0]?.body).toEqual(bytes);
});

it('the messages of a batch arrive one by one, in order', async () => {
  const { client } = await startBroker();
  const sender = client.createSender('requests');
  await sender.sendMessages([{ body: 1 }, { body: 2 }]);
  const batch = await sender.createMessageBatch();
  for (const body of [3, 4, 5]) expect(batch.tryAddMessage({ body, messageId: `m${body}` })).toBe(true);
  await sender.sendMessages(batch);

  const received = await receiveSome(client.createReceiver('requests'), 5);

  expect(received.map((message) => message.body)).toEqual([1, 2, 3, 4, 5]);
});

it('a message of 256 KB is too large, one that is a little smaller passes', async () => {
  const { client } = await startBroker();
  const sender = client.createSender('requests');
  await sender.sendMessages({ body: Buffer.alloc(255 * 1024, 7) });
  await expect(sender.sendMessages({ body: Buffer.alloc(256 * 1024, 7) })).rejects.toMatchObject({
    code: 'MessageSizeExceeded',
  });

  const [message] = await client.createReceiver('requests').receiveMessages(1);

  expect(message?.body).toEqual(Buffer.alloc(255 * 1024, 7));
});

it('a queue that does not exist is not found, by senders or receivers', async () => {
  const { client } = await startBroker();
  await expect(client.createSender('nowhere').sendMessages({ body: 1 })).rejects.toMatchObject({
    code: 'MessagingEntityNotFound',
  });
  await expect(client.createReceiver('nowhere').receiveMessages(1)).rejects.toMatchObject({
    code: 'MessagingEntityNotFound',
  });
});

it('a message id that was seen within the window is accepted and dropped', async () => {
  const { bus, client } = await startBroker({ duplicateDetectionWindowSeconds: 60 });
  const sender = client.createSender('requests');
  await sender.sendMessages({ body: 1, messageId: 'same' });
  await sender.sendMessages({ body: 2, messageId: 'same' });
  await sender.sendMessages({ body: 3, messageId: 'other' });

  const received = await receiveSome(client.createReceiver('requests'), 2);

  expect(received.map((message) => message.body)).toEqual([1, 3]);
  expect(bus.journal.slice(0, 3).map((entry) => entry.type)).toEqual(['enqueued', 'duplicate', 'enqueued']);
});

it('a message id may return once the window is over', async () => {
  const { bus, clock, client } = await startBroker({ duplicateDetectionWindowSeconds: 600 });
  const sender = client.createSender('requests');
  await sender.sendMessages({ body: 1, messageId: 'same' });
  clock.advance(minutes(5));
  await sender.sendMessages({ body: 2, messageId: 'same' });
  clock.advance(minutes(5));
  await sender.sendMessages({ body: 3, messageId: 'same' });

  expect(bus.journal.map((entry) => entry.type)).toEqual(['enqueued', 'duplicate', 'enqueued']);
});

it('while a queue refuses, a send fails and nothing is enqueued', async () => {
  const { bus, client } = await startBroker();
  const sender = client.createSender('requests');
  bus.refuse('requests', true);
  await expect(sender.sendMessages({ body: 1 })).rejects.toMatchObject({ code: 'QuotaExceeded' });
  bus.refuse('requests', false);
  await sender.sendMessages({ body: 2 });

  expect(bus.queue('requests').messages()).toHaveLength(1);
});

it('a message sent from inside the process arrives like any other', async () => {
  const { bus, client } = await startBroker({ requiresSession: true });
  const sequenceNumber = bus.send('requests', {
    body: Buffer.from('{"a":1}'),
    messageId: 'm1',
    sessionId: 's1',
    correlationId: 'c1',
    subject: 'x',
    contentType: 'application/json',
    timeToLiveMs: 30_000,
    applicationProperties: { one: 1 },
  });

  const receiver = await client.acceptNextSession('requests');

  expect(sequenceNumber).toBe(1);
  expect(await receiveOne(receiver)).toMatchObject({
    body: { a: 1 },
    messageId: 'm1',
    sessionId: 's1',
    correlationId: 'c1',
    subject: 'x',
    contentType: 'application/json',
    timeToLive: 30_000,
    applicationProperties: { one: 1 },
  });
});

it('clients come back after their connection was cut', async () => {
  const { bus, connect } = await startBroker();
  const client = connect({ maxRetries: 5 });
  const receiver = client.createReceiver('requests');
  const bodies: unknown[] = [];
  const subscription = receiver.subscribe({
    processMessage: async (message) => {
      bodies.push(message.body);
    },
    processError: async () => {},
  });
  bus.send('requests', { body: Buffer.from('1') });
  await expect.poll(() => bodies, patiently).toEqual([1]);
  bus.dropConnections();
  bus.send('requests', { body: Buffer.from('2') });

  await expect.poll(() => bodies, patiently).toEqual([1, 2]);
  await subscription.close();
});
