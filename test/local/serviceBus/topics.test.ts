import { expect, it } from 'vitest';
import { minutes, patiently, receiveOne, receiveSome, startTopicBroker } from './broker.ts';

const authorization = { Authorization: 'Bearer any' };
const tickets = { name: 'tickets', deadLetteringOnMessageExpiration: true, maxDeliveryCount: 2 };
const recent = { name: 'recent' };
const ticketsName = 'results/Subscriptions/tickets';
const recentName = 'results/Subscriptions/recent';

type Broker = Awaited<ReturnType<typeof startTopicBroker>>;

const bodiesIn = ({ bus }: Broker, name: string) =>
  bus
    .queue(name)
    .messages()
    .map(({ body }) => `${body}`);
const happenedIn = ({ bus }: Broker, name: string) =>
  bus.journal.filter(({ queue }) => queue === name).map(({ type }) => type);

it('each subscription gets each message, to peek at and to receive, whatever the others do', async () => {
  const { bus, client } = await startTopicBroker([tickets, recent]);
  const message = {
    body: { outcome: 'applied' },
    messageId: 'm1',
    correlationId: 'c1',
    contentType: 'application/json',
    applicationProperties: { attempt: 1 },
  };
  await client.createSender('results').sendMessages([message, { body: 'second' }]);

  for (const name of ['tickets', 'recent']) {
    const receiver = client.createReceiver('results', name);
    const peeked = await receiver.peekMessages(10);
    expect(peeked.map(({ body }) => body)).toEqual([{ outcome: 'applied' }, 'second']);
    expect(peeked.map(({ sequenceNumber }) => String(sequenceNumber))).toEqual(['1', '2']);
    const received = await receiveSome(receiver, 2);
    expect(received[0]).toMatchObject({ ...message, deliveryCount: 0 });
    for (const one of received) await receiver.completeMessage(one);
    expect(await receiver.peekMessages(10)).toEqual([]);
  }
  expect(bus.queue(ticketsName).counts()).toMatchObject({ active: 0 });
});

it('changes and deliveries of one copy do not show in another', async () => {
  const { client } = await startTopicBroker([tickets, recent]);
  await client.createSender('results').sendMessages({ body: 1, applicationProperties: { step: 'first' } });
  const receiver = client.createReceiver('results', 'tickets');
  await receiver.abandonMessage(await receiveOne(receiver), { step: 'second' });

  expect(await receiveOne(receiver)).toMatchObject({
    deliveryCount: 1,
    applicationProperties: { step: 'second' },
  });
  expect(await receiveOne(client.createReceiver('results', 'recent'))).toMatchObject({
    deliveryCount: 0,
    applicationProperties: { step: 'first' },
  });
});

it('a topic without a subscription drops what it gets', async () => {
  const { bus, client } = await startTopicBroker([]);
  await client.createSender('results').sendMessages({ body: 1, messageId: 'm1' });

  expect(bus.journal).toMatchObject([{ type: 'published', queue: 'results', messageId: 'm1' }]);
});

it('names are found in any case', async () => {
  const { bus, client } = await startTopicBroker([tickets]);
  await client.createSender('RESULTS').sendMessages({ body: 1 });
  const receiver = client.createReceiver('Results', 'Tickets');
  await receiver.deadLetterMessage(await receiveOne(receiver));

  const deadLetters = client.createReceiver('results', 'TICKETS', { subQueueType: 'deadLetter' });

  expect((await receiveOne(deadLetters)).body).toBe(1);
  expect(bus.queue('results/subscriptions/tickets/$DeadLetterQueue').counts()).toMatchObject({ locked: 1 });
});

it('nothing is received from a topic itself, nor sent to a subscription or its dead letters', async () => {
  const { client } = await startTopicBroker([tickets]);

  for (const receiver of [client.createReceiver('results'), client.createReceiver('results', 'nobody')]) {
    await expect(receiver.receiveMessages(1)).rejects.toMatchObject({ code: 'MessagingEntityNotFound' });
    await expect(receiver.peekMessages(1)).rejects.toMatchObject({ code: 'MessagingEntityNotFound' });
  }
  for (const name of [ticketsName, `${ticketsName}/$deadletterqueue`]) {
    await expect(client.createSender(name).sendMessages({ body: 1 })).rejects.toThrow(/Cannot send to/);
    const later = new Date(Date.now() + minutes(60));
    await expect(client.createSender(name).scheduleMessages({ body: 1 }, later)).rejects.toThrow(
      /Cannot send to/,
    );
  }
});

it('a full topic refuses what is sent, for all of its subscriptions', async () => {
  const broker = await startTopicBroker([tickets, recent]);
  const sender = broker.client.createSender('results');
  broker.bus.refuse('results', true);
  await expect(sender.sendMessages({ body: 1 })).rejects.toMatchObject({ code: 'QuotaExceeded' });
  broker.bus.refuse('results', false);
  await sender.sendMessages({ body: 2 });

  expect(happenedIn(broker, 'results')).toEqual(['refused', 'published']);
  expect([bodiesIn(broker, ticketsName), bodiesIn(broker, recentName)]).toEqual([['2'], ['2']]);
});

it('a disabled subscription keeps its copies and gives none; the others go on', async () => {
  const broker = await startTopicBroker([tickets, recent]);
  const { bus, client } = broker;
  const sender = client.createSender('results');
  const receiver = client.createReceiver('results', 'tickets');
  await sender.sendMessages({ body: 1 });
  const locked = await receiveOne(receiver);
  bus.disable(ticketsName, true);
  await sender.sendMessages({ body: 2 });

  const disabled = { code: 'MessagingEntityDisabled' };
  await expect(receiver.completeMessage(locked)).rejects.toMatchObject(disabled);
  await expect(client.createReceiver('results', 'tickets').receiveMessages(1)).rejects.toMatchObject(
    disabled,
  );
  expect(await receiveSome(client.createReceiver('results', 'recent'), 2)).toMatchObject([
    { body: 1 },
    { body: 2 },
  ]);
  expect(bodiesIn(broker, ticketsName)).toEqual(['1', '2']);

  bus.disable(ticketsName, false);
  expect((await receiveOne(client.createReceiver('results', 'tickets'))).body).toBe(2);
});

it('a receiver hears that its subscription is disabled, and comes back when it is enabled', async () => {
  const { bus, client, connect } = await startTopicBroker([tickets]);
  const bodies: unknown[] = [];
  const codes: unknown[] = [];
  const subscription = connect({ maxRetries: 1000 })
    .createReceiver('results', 'tickets')
    .subscribe({
      processMessage: async ({ body }) => {
        bodies.push(body);
      },
      processError: async ({ error }) => {
        codes.push('code' in error ? error.code : error.name);
      },
    });
  const sender = client.createSender('results');
  await sender.sendMessages({ body: 1 });
  await expect.poll(() => bus.queue(ticketsName).counts().active, patiently).toBe(0);
  bus.disable(ticketsName, true);
  await expect.poll(() => codes, patiently).toContain('MessagingEntityDisabled');
  await sender.sendMessages({ body: 2 });
  expect(bus.queue(ticketsName).counts()).toMatchObject({ active: 1, locked: 0 });
  bus.disable(ticketsName, false);

  await expect.poll(() => bodies, patiently).toEqual([1, 2]);
  await subscription.close();
});

it('each subscription has its own time to live, and its own way to end', async () => {
  const broker = await startTopicBroker([
    { ...tickets, defaultMessageTimeToLiveSeconds: 7200 },
    { ...recent, defaultMessageTimeToLiveSeconds: 3600 },
  ]);
  const { bus, clock, client } = broker;
  bus.send('results', { body: Buffer.from('long') });
  bus.send('results', { body: Buffer.from('short'), timeToLiveMs: minutes(30) });
  clock.advance(minutes(30));
  expect([bodiesIn(broker, ticketsName), bodiesIn(broker, recentName)]).toEqual([['long'], ['long']]);
  clock.advance(minutes(30));
  expect([bodiesIn(broker, ticketsName), bodiesIn(broker, recentName)]).toEqual([['long'], []]);
  clock.advance(minutes(60));

  expect(happenedIn(broker, recentName)).toEqual(['enqueued', 'enqueued', 'expired', 'expired']);
  expect(bus.queue(recentName).counts()).toMatchObject({ deadLettered: 0 });
  const deadLetters = client.createReceiver('results', 'tickets', { subQueueType: 'deadLetter' });
  const received = await receiveSome(deadLetters, 2);
  expect(received.map(({ body }) => String(body))).toEqual(['long', 'short']);
  expect(received[0]).toMatchObject({
    deadLetterReason: 'TTLExpiredException',
    deadLetterSource: ticketsName,
  });
});

it('the time to live of a topic holds for every subscription', async () => {
  const broker = await startTopicBroker([tickets, { ...recent, defaultMessageTimeToLiveSeconds: 7200 }], {
    defaultMessageTimeToLiveSeconds: 3600,
  });
  broker.bus.send('results', { body: Buffer.from('1') });
  broker.clock.advance(minutes(55));
  expect(happenedIn(broker, recentName)).toEqual(['enqueued']);
  broker.clock.advance(minutes(5));

  expect(happenedIn(broker, ticketsName)).toEqual(['enqueued', 'expired', 'deadLettered']);
  expect(happenedIn(broker, recentName)).toEqual(['enqueued', 'expired']);
});

it('a message that one subscription delivers too often is dead-lettered there only', async () => {
  const broker = await startTopicBroker([tickets, recent]);
  const { client } = broker;
  broker.bus.send('results', { body: Buffer.from('1') });
  const receiver = client.createReceiver('results', 'tickets');
  for (let delivery = 1; delivery <= 2; delivery += 1) {
    await receiver.abandonMessage(await receiveOne(receiver));
  }

  const deadLetters = client.createReceiver('results', 'tickets', { subQueueType: 'deadLetter' });
  expect(await deadLetters.peekMessages(10)).toMatchObject([
    { body: 1, deadLetterReason: 'MaxDeliveryCountExceeded' },
  ]);
  const dead = await receiveOne(deadLetters);
  await deadLetters.completeMessage(dead);
  expect(broker.bus.queue(ticketsName).counts()).toMatchObject({ active: 0, deadLettered: 0 });
  expect(bodiesIn(broker, recentName)).toEqual(['1']);
});

it('a scheduled message waits in the topic, and reaches the subscriptions in its time unless cancelled', async () => {
  const broker = await startTopicBroker([tickets, recent]);
  const { clock, client } = broker;
  const sender = client.createSender('results');
  const inOneHour = new Date(Date.now() + minutes(60));
  const [cancelled] = await sender.scheduleMessages([{ body: 1 }, { body: 2 }], inOneHour);
  if (!cancelled) throw new Error('No sequence number');
  await sender.cancelScheduledMessages(cancelled);
  clock.advance(minutes(55));
  expect(bodiesIn(broker, ticketsName)).toEqual([]);
  clock.advance(minutes(5));

  expect(happenedIn(broker, 'results')).toEqual(['scheduled', 'scheduled', 'cancelled', 'published']);
  expect([bodiesIn(broker, ticketsName), bodiesIn(broker, recentName)]).toEqual([['2'], ['2']]);
});

it('a topic drops duplicates for all of its subscriptions', async () => {
  const broker = await startTopicBroker([tickets, recent], { duplicateDetectionWindowSeconds: 600 });
  for (const body of ['1', '2']) broker.bus.send('results', { body: Buffer.from(body), messageId: 'same' });

  expect(happenedIn(broker, 'results')).toEqual(['published', 'duplicate']);
  expect([bodiesIn(broker, ticketsName), bodiesIn(broker, recentName)]).toEqual([['1'], ['1']]);
});

it('over HTTP, a message is sent to the topic and received from each subscription', async () => {
  const broker = await startTopicBroker([tickets, recent]);
  const ask = (method: string, path: string, body?: string) =>
    fetch(`${broker.bus.httpUrl}/results${path}`, {
      method,
      headers: authorization,
      ...(body !== undefined && { body }),
    });
  expect((await ask('POST', '/messages', '"one"')).status).toBe(201);

  const locked = await ask('POST', '/subscriptions/tickets/messages/head?timeout=5');
  expect(locked.status).toBe(201);
  expect(await locked.json()).toBe('one');
  const location = locked.headers.get('location') ?? '';
  expect(location).toMatch(`${broker.bus.httpUrl}/results/subscriptions/tickets/messages/1/`);
  expect((await fetch(location, { method: 'PUT', headers: authorization })).status).toBe(200);
  const again = await ask('POST', '/subscriptions/tickets/messages/head?timeout=5');
  expect(JSON.parse(again.headers.get('brokerproperties') ?? '')).toMatchObject({ DeliveryCount: 2 });
  const { status } = await fetch(again.headers.get('location') ?? '', {
    method: 'DELETE',
    headers: authorization,
  });
  expect(status).toBe(200);
  expect(bodiesIn(broker, ticketsName)).toEqual([]);

  const taken = await ask('DELETE', '/Subscriptions/Recent/messages/head?timeout=5');
  expect([taken.status, await taken.json()]).toEqual([200, 'one']);
  expect((await ask('DELETE', '/subscriptions/recent/messages/head?timeout=0')).status).toBe(204);
});

it('over HTTP, dead letters of a subscription are received from below it', async () => {
  const { bus, clock } = await startTopicBroker([tickets]);
  bus.send('results', { body: Buffer.from('"late"'), timeToLiveMs: minutes(1) });
  clock.advance(minutes(1));

  const response = await fetch(
    `${bus.httpUrl}/${ticketsName.toLowerCase()}/$deadletterqueue/messages/head?timeout=5`,
    { method: 'DELETE', headers: authorization },
  );

  expect(await response.json()).toBe('late');
  expect(response.headers.get('deadletterreason')).toBe('"TTLExpiredException"');
});

it.each([
  ['receiving from the topic', 404, 'DELETE', 'results/messages/head', 'could not be found'],
  [
    'an unknown subscription',
    404,
    'POST',
    'results/subscriptions/nobody/messages/head',
    'could not be found',
  ],
  ['sending to a subscription', 405, 'POST', `${ticketsName}/messages`, 'Cannot send to'],
  ['a disabled subscription', 403, 'DELETE', `${ticketsName}/messages/head`, 'is disabled'],
])('over HTTP, %s is refused with %i', async (_, status, method, path, detail) => {
  const { bus } = await startTopicBroker([tickets]);
  bus.disable(ticketsName, true);
  const response = await fetch(`${bus.httpUrl}/${path}`, { method, headers: authorization });
  expect(response.status).toBe(status);
  expect(await response.text()).toContain(detail);
});

it('over HTTP, a receiver that waits hears that its subscription is disabled', async () => {
  const { bus } = await startTopicBroker([tickets]);
  const head = (timeout: number) =>
    fetch(`${bus.httpUrl}/${ticketsName}/messages/head?timeout=${timeout}`, {
      method: 'DELETE',
      headers: authorization,
    });
  const waiting = head(600);
  expect((await head(0)).status).toBe(204);
  bus.disable(ticketsName, true);

  expect((await waiting).status).toBe(403);
});
