import { expect, it } from 'vitest';
import { minutes, receiveNothing, receiveOne, receiveSome, startBroker } from './broker.ts';

it('a dead-lettered message can be read from the dead-letter queue, with reason, description and source', async () => {
  const { bus, client } = await startBroker({ requiresSession: true });
  bus.send('requests', {
    body: Buffer.from('{"a":1}'),
    sessionId: 's',
    messageId: 'm',
    applicationProperties: { kept: 1 },
  });
  const session = await client.acceptNextSession('requests');
  await session.deadLetterMessage(await receiveOne(session), {
    deadLetterReason: 'Invalid',
    deadLetterErrorDescription: 'No externalPartnerId',
    extra: 'yes',
  });

  const receiver = client.createReceiver('requests', { subQueueType: 'deadLetter' });
  const message = await receiveOne(receiver);

  expect(message).toMatchObject({
    body: { a: 1 },
    messageId: 'm',
    sessionId: 's',
    deadLetterReason: 'Invalid',
    deadLetterErrorDescription: 'No externalPartnerId',
    deadLetterSource: 'requests',
    applicationProperties: { kept: 1, extra: 'yes' },
  });
  await receiver.completeMessage(message);
  expect(bus.queue('requests').counts()).toMatchObject({ active: 0, deadLettered: 0 });
});

it('a message that was delivered too often goes to the dead-letter queue', async () => {
  const { bus, client } = await startBroker({ maxDeliveryCount: 3 });
  const receiver = client.createReceiver('requests');
  bus.send('requests', { body: Buffer.from('1') });
  const counts: (number | undefined)[] = [];
  for (let delivery = 1; delivery <= 3; delivery += 1) {
    const message = await receiveOne(receiver);
    counts.push(message.deliveryCount);
    await receiver.abandonMessage(message);
  }

  expect(counts).toEqual([0, 1, 2]);
  expect(await receiveNothing(receiver)).toEqual([]);
  expect(await receiveOne(client.createReceiver('requests', { subQueueType: 'deadLetter' }))).toMatchObject({
    body: 1,
    deadLetterReason: 'MaxDeliveryCountExceeded',
  });
  expect(bus.journal.at(-2)).toMatchObject({ type: 'deadLettered', deliveryCount: 3 });
});

it('a message in the dead-letter queue stays there however often it is abandoned, and its count with it', async () => {
  const { bus, clock, client } = await startBroker({ maxDeliveryCount: 1, lockDurationSeconds: 60 });
  const receiver = client.createReceiver('requests');
  bus.send('requests', { body: Buffer.from('1') });
  await receiver.abandonMessage(await receiveOne(receiver));
  const deadLetters = client.createReceiver('requests', { subQueueType: 'deadLetter' });
  const counts: (number | undefined)[] = [];
  for (let delivery = 1; delivery <= 3; delivery += 1) {
    const message = await receiveOne(deadLetters);
    counts.push(message.deliveryCount);
    await deadLetters.abandonMessage(message);
  }
  await receiveOne(deadLetters);
  clock.advance(minutes(1));

  expect(counts).toEqual([1, 1, 1]);
  expect(bus.queue('requests/$DeadLetterQueue').messages()).toMatchObject([{ deliveryCount: 1 }]);
});

it('an expired message is dropped', async () => {
  const { bus, clock, client } = await startBroker();
  await client.createSender('requests').sendMessages({ body: 1, timeToLive: minutes(60) });
  clock.advance(minutes(55));
  expect(bus.queue('requests').counts()).toMatchObject({ active: 1 });

  clock.advance(minutes(5));

  expect(bus.journal.map((entry) => entry.type)).toEqual(['enqueued', 'expired']);
  expect(bus.queue('requests').counts()).toMatchObject({ active: 0, deadLettered: 0 });
  expect(await receiveNothing(client.createReceiver('requests'))).toEqual([]);
});

it('an expired message is dead-lettered if the queue says so', async () => {
  const { bus, clock, client } = await startBroker({
    defaultMessageTimeToLiveSeconds: 3600,
    deadLetteringOnMessageExpiration: true,
    requiresSession: true,
  });
  await client
    .createSender('requests')
    .sendMessages({ body: 1, timeToLive: minutes(24 * 60), sessionId: 'a' });
  clock.advance(minutes(60));

  expect(bus.queue('requests').counts()).toMatchObject({ active: 0, deadLettered: 1 });
  expect(await receiveOne(client.createReceiver('requests', { subQueueType: 'deadLetter' }))).toMatchObject({
    body: 1,
    deadLetterReason: 'TTLExpiredException',
  });
});

it('a locked message can be completed after its time, and expires when it comes back', async () => {
  const { bus, clock, client } = await startBroker({
    defaultMessageTimeToLiveSeconds: 1800,
    lockDurationSeconds: 3600,
  });
  const receiver = client.createReceiver('requests');
  bus.send('requests', { body: Buffer.from('1') });
  bus.send('requests', { body: Buffer.from('2') });
  const [first, second] = await receiveSome(receiver, 2);
  if (!first || !second) throw new Error('Two messages were expected.');
  clock.advance(minutes(30));

  await receiver.completeMessage(first);
  await receiver.abandonMessage(second);

  expect(bus.journal.slice(-3).map((entry) => entry.type)).toEqual(['completed', 'abandoned', 'expired']);
});
